"""What is written for operators names options and measures that there are; rules wake somebody when they should."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from banian.cli.main import app
from banian.serving.measures import Measures

DEPLOY = Path(__file__).parents[2] / "deploy"
NAME = re.compile(r"\bbanian_[a-z_0-9]+")


def manifests() -> list[dict]:
    files = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    return [one for path in files for one in yaml.safe_load_all(path.read_text()) if one]


def measured() -> set[str]:
    """Every name that a service gives, with what histograms and counters add to it."""
    names = set()
    for family in Measures().registry.collect():
        ends = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("_total",)}
        names |= {family.name} | {family.name + end for end in ends.get(family.type, ())}
    return names


@pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool (Debian: prometheus) is not there"
)
def test_rules_fire_when_they_should_and_not_before():
    folder = DEPLOY / "prometheus"
    for command in (["check", "rules", "rules.yml"], ["test", "rules", "rules_test.yml"]):
        done = subprocess.run(["promtool", *command], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tried_and_says_what_to_do():
    groups = yaml.safe_load((DEPLOY / "prometheus/rules.yml").read_text())["groups"]
    alerts = [rule for group in groups for rule in group["rules"] if "alert" in rule]
    tried = yaml.safe_load((DEPLOY / "prometheus/rules_test.yml").read_text())["tests"]
    fired = {
        one["alertname"] for test in tried for one in test["alert_rule_test"] if one["exp_alerts"]
    }
    assert fired == {rule["alert"] for rule in alerts}
    assert all(rule["annotations"].keys() == {"summary", "do"} for rule in alerts)


def test_rules_and_autoscaler_read_what_a_service_measures():
    texts = [(DEPLOY / "prometheus/rules.yml").read_text()]
    texts += [path.read_text() for path in (DEPLOY / "kubernetes").glob("*.yaml")]
    named = {name for text in texts for name in NAME.findall(text)}
    assert named - {"banian_request_seconds_p99"} <= measured()  # that one the adapter makes


def test_images_start_the_command_with_options_that_it_has():
    docker = (DEPLOY / "Dockerfile").read_text()
    (deployment,) = (one for one in manifests() if one["kind"] == "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    (command,) = re.findall(r"^CMD (\[.*\])", docker, re.M)
    (entry,) = re.findall(r"^ENTRYPOINT (\[.*\])", docker, re.M)
    assert yaml.safe_load(entry)[:2] == ["banian", "serve"]
    assert yaml.safe_load(command) == container["args"]
    serve = get_command(app).commands["serve"]
    known = {option for parameter in serve.params for option in parameter.opts}
    assert {word for word in container["args"] if word.startswith("--")} <= known


def test_manifests_fit_together_and_ask_routes_that_there_are():
    by_kind = {one["kind"]: one for one in manifests()}
    pods = by_kind["Deployment"]["spec"]["template"]
    labels = pods["metadata"]["labels"]
    for kind in ("Deployment", "PodDisruptionBudget"):
        assert by_kind[kind]["spec"]["selector"]["matchLabels"].items() <= labels.items()
    service = by_kind["Service"]["spec"]
    assert service["selector"].items() <= labels.items()
    (container,) = pods["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert {port["targetPort"] for port in service["ports"]} <= ports.keys()
    target = by_kind["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == (
        "Deployment",
        by_kind["Deployment"]["metadata"]["name"],
    )
    volumes = {one["name"] for one in pods["spec"]["volumes"]}
    assert {one["name"] for one in container["volumeMounts"]} == volumes
    mounts = [one["mountPath"] for one in container["volumeMounts"]]
    for word in [*container["args"], "/run/banian"]:
        assert not word.startswith("/") or any(word.startswith(place) for place in mounts)
    source = (DEPLOY.parent / "src/banian/serving/app.py").read_text()
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = container[probe]["httpGet"]
        assert f'"{asked["path"]}"' in source
        assert asked["port"] in ports
    note = pods["metadata"]["annotations"]
    assert int(note["prometheus.io/port"]) in ports.values()
    assert f'"{note["prometheus.io/path"]}"' in source


def test_the_compose_file_mounts_files_that_there_are_and_secrets_that_it_declares():
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services = compose["services"]
    assert (DEPLOY / services["banian"]["build"]["context"] / "pyproject.toml").exists()
    for said in services.values():
        assert set(said.get("secrets", ())) <= compose["secrets"].keys()
        for volume in said.get("volumes", ()):
            assert volume.startswith("${") or (DEPLOY / volume.split(":")[0]).exists()
    monitor = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    (job,) = monitor["scrape_configs"]
    assert job["authorization"]["credentials_file"] == "/run/secrets/monitor_key"
    (group,) = job["static_configs"]
    assert group["targets"] == ["banian:8080"]
