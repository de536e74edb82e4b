"""The one base of all specs."""

from typing import Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from banian.errors import nearest


class AbstractSpec(BaseModel):
    """A frozen value: equal specs are interchangeable; unknown keys are errors."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True
    )

    @model_validator(mode="before")
    @classmethod
    def _name_unknown_keys(cls, value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, dict):
            known = {field.alias or name for name, field in cls.model_fields.items()}
            unknown = [key for key in value if key not in known | cls.model_fields.keys()]
            if unknown:
                raise ValueError(f"unknown key {unknown[0]!r}. {nearest(str(unknown[0]), known)}")
        return value


OneWord = BeforeValidator(lambda value: {"kind": value} if isinstance(value, str) else value)
"""Lets a choice among kinds be written as its kind alone: `sharing: ple` for `sharing: {kind: ple}`."""
