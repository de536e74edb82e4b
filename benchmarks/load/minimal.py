"""What a shop would write by itself in an afternoon: FastAPI around a network, with all features in hand.

    python -m load.minimal RUN ROWS

Started by `benchmarks/serving.py`. Each request brings JSON, which is read and not looked at; it is answered by the
networks of the bundle (its graphs, where there are some) about ROWS rows whose features were encoded before.
"""

import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import uvicorn
from fastapi import FastAPI

import banian
from banian.batches import encode_rows
from banian.errors import BundleError
from banian.inference import Predictor
from load.asks import GrainRows, rows_of_store


def open_model(run: Path) -> Predictor:
    """Load a model with its graphs where there are some that fit."""
    try:
        return banian.load(run, graphs=True)
    except BundleError:
        return banian.load(run)


def bare(
    model: Predictor, rows: GrainRows, many: int, tasks: tuple[str, ...]
) -> Callable[[], dict[str, np.ndarray]]:
    """Prepare the features of some rows; give what passes them through the networks alone."""
    (group,) = model.read(
        [{"grain": rows.grain, **ask} for ask in rows.asks(0, many)], tasks=tasks
    ).groups
    known, *_ = model.rows(group)
    network = model.bundle.joint
    batch = encode_rows(network.features, known.choose(tuple(network.grains[known.grain].tasks)))

    def answer() -> dict[str, np.ndarray]:
        said: dict[str, list[np.ndarray]] = {task: [] for task in tasks}
        with torch.inference_mode():
            for place in range(len(network.members)):
                asked = [task for task in tasks if place in network.answering[task]]
                found = network.answer(place, batch, asked) if asked else {}
                for task, values in found.items():
                    said[task].append(values)
        return {task: np.mean(values, axis=0) for task, values in said.items()}

    return answer


def main() -> None:
    """Serve."""
    run, many = Path(sys.argv[1]), int(sys.argv[2])
    torch.set_num_threads(1)
    model = open_model(run)
    rows = rows_of_store(model, run)
    answer = bare(model, rows, many, rows.tasks)
    app = FastAPI()

    @app.post("/predict")
    def predict(body: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
        return {task: values.tolist() for task, values in answer().items()}

    with socket.create_server(("127.0.0.1", 0)) as heard:
        print(f"Listening at http://127.0.0.1:{heard.getsockname()[1]}", flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[heard])


if __name__ == "__main__":
    main()
