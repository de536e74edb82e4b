"""Banian behind Ray Serve, as many replicas as requests want; each loads the run and answers by itself.

    BANIAN_RUN=runs/demo BANIAN_KEYS=keys.json serve run deploy.ray_serve:application

BANIAN_RUN is a fitted run with its store, in a folder that every node reads and writes. Without BANIAN_KEYS only who
asks by this machine's own name is answered. Needs ray[serve] beside banian[serve]; tried with Ray 2.60 on one machine.
Events are not taken here: append them by `banian store --append`, and every replica sees them within a second. A reload
or a rollback reaches one replica, and the others follow it by the run. `/metrics` tells of whichever replica answers.
"""

import os
from pathlib import Path

from fastapi import FastAPI
from ray import serve

from banian.serving.run import make_app
from banian.serving.settings import ServiceSettings


def build() -> FastAPI:
    """Build the application of a replica, where it runs."""
    keys = os.environ.get("BANIAN_KEYS")
    run = Path(os.environ["BANIAN_RUN"])
    return make_app(ServiceSettings(run, keys=Path(keys) if keys else None), None)


_Replica = serve.deployment(
    name="banian",
    ray_actor_options={"num_cpus": 1},
    max_ongoing_requests=256,
    autoscaling_config={"min_replicas": 1, "max_replicas": 8, "target_ongoing_requests": 8},
    health_check_period_s=10,
)(serve.ingress(build)())
application = _Replica.bind()
