"""Whatever the schema allows and whatever it does not, nothing makes the service fail."""

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks
from schemathesis.specs.openapi import checks as openapi_checks

_CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
]


_FEW = settings(
    max_examples=5,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    deadline=None,
    derandomize=True,
    database=None,
)


def test_no_request_that_the_schema_suggests_makes_the_service_fail(usual):
    base = str(usual.client.base_url).rstrip("/")
    schema = schemathesis.openapi.from_url(f"{base}/openapi.json")
    seen = set()

    def ask(case) -> None:
        response = case.call(base_url=base)
        case.validate_response(response, checks=_CHECKS)
        seen.add(f"{case.method} {case.path}")

    for result in schema.get_all_operations():
        operation = result.ok()
        modes = list(schemathesis.GenerationMode) if operation.body else [None]
        for mode in modes:
            said = {} if mode is None else {"generation_mode": mode}
            _FEW(given(case=operation.as_strategy(**said))(ask))()
    assert {"POST /v1/predict", "POST /v1/events", "POST /v1/recommend", "GET /v1/tasks"} <= seen
    assert len(seen) == 12
