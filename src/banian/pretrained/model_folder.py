"""The folder of a model: found on this machine or fetched from the hub, read without pickle and without its code."""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from banian.errors import SpecError
from banian.extra import import_extra
from banian.storage import sum_of

_FILES = ("*.safetensors", "*.json", "*.txt", "*.model")
"""What of a model counts, and is fetched: weights, settings, vocabularies."""
_ELSEWHERE = ("onnx/*", "openvino/*")
_PATIENCE = 5.0
"""Seconds that the hub has to say whether it knows a model."""
_INDEX = "model.safetensors.index.json"


def find_model(name: str) -> Path:
    """Find the folder of a model: a folder of this name, else the hub's, which is fetched once.

    Raises:
        SpecError: there is no such folder, the hub cannot be reached or has no such model, or the model has weights
            that only pickle can read.
        DependencyError: the extra `text` is not installed.

    """
    folder = Path(name).expanduser()
    if not folder.is_dir():
        folder = _find_on_hub(name)
    if not (folder / "config.json").is_file():
        raise SpecError(
            f"The folder {folder} holds no model: it has no config.json.",
            remedy="Name the folder into which the model's files were put.",
        )
    if not _has_weights(folder):
        others = sorted(path.name for path in folder.glob("*.bin"))
        found = f"It has {', '.join(others)}, which only pickle reads" if others else "It has none"
        raise SpecError(
            f"The model in {folder} has no whole weights as safetensors. {found}.",
            remedy="Take a revision with model.safetensors, or save the model anew by save_pretrained.",
        )
    return folder


def read_json(path: Path) -> Any:  # noqa: ANN401  # whatever stands there
    """Read a file of JSON; an empty dictionary where there is none.

    Raises:
        SpecError: it is damaged.

    """
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise SpecError(
            f"The file {path} of a model is damaged: {error}.", remedy="Fetch the model anew."
        ) from None


def fingerprint_of(folder: Path, *how: object) -> str:
    """Hash the files of a model, and how they are used."""
    files = {path for form in _FILES for path in folder.rglob(form) if path.is_file()}
    names = {path.relative_to(folder): path for path in files}
    told = [
        f"{sum_of(path)}  {name.as_posix()}"
        for name, path in sorted(names.items())
        if not name.parts[0].startswith(".")
    ]
    told += [repr(one) for one in how]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:32]


@contextmanager
def loading(folder: Path, what: str) -> Iterator[Any]:
    """Give the library transformers, silent while the block loads something; say in one line what goes wrong.

    Raises:
        SpecError: the files are no such thing, are damaged, or want to run code of their own.
        DependencyError: the extra `text` is not installed.

    """
    library = import_extra("text", "transformers")
    logging = library.utils.logging
    verbosity, has_bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield library
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise SpecError(
            f"The model in {folder} gives no {what}: {reason}",
            remedy="Name a model that is made for this, whole, and that needs no code of its own.",
        ) from error
    finally:
        logging.set_verbosity(verbosity)
        if has_bar:
            logging.enable_progress_bar()


def load_model(folder: Path, what: str) -> Any:  # noqa: ANN401  # torch is not imported here
    """Load a model in float32 from its safetensors, for predictions.

    Raises:
        SpecError: it cannot be loaded, or its files lack some of its weights.
        DependencyError: the extra `text` is not installed.

    """
    with loading(folder, what) as library:
        model, found = library.AutoModel.from_pretrained(
            folder,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            dtype="float32",
            output_loading_info=True,
        )
    # A pooler is not looked at; checkpoints of masked words and of classes have none.
    lacking = sorted(key for key in found["missing_keys"] if "pooler" not in key)
    if lacking:
        raise SpecError(
            f"The model in {folder} lacks {len(lacking)} of its weights, among them {lacking[0]}.",
            remedy="Fetch the model anew, or name one whose files are whole.",
        )
    return model.eval()


def _has_weights(folder: Path) -> bool:
    if (folder / "model.safetensors").is_file():
        return True
    parts = set(read_json(folder / _INDEX).get("weight_map", {}).values())
    return bool(parts) and all((folder / part).is_file() for part in parts)


def _find_on_hub(name: str) -> Path:
    if not re.fullmatch(r"\w[\w.-]*(/\w[\w.-]*)?", name):
        raise SpecError(
            f"There is no folder {name!r}.",
            remedy="Name the folder of a model, or a model on the hub as owner/model.",
        )
    hub = import_extra("text", "huggingface_hub")
    errors = import_extra("text", "huggingface_hub.errors")
    try:
        kept = Path(hub.snapshot_download(name, local_files_only=True))
    except (OSError, ValueError):
        kept = None
    if kept is not None and (kept / "config.json").is_file() and _has_weights(kept):
        return kept
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}:
        raise _not_here(name, "HF_HUB_OFFLINE says not to ask the hub")
    try:
        hub.HfApi().model_info(name, timeout=_PATIENCE)
        return Path(
            hub.snapshot_download(
                name,
                allow_patterns=list(_FILES),
                ignore_patterns=list(_ELSEWHERE),
                etag_timeout=_PATIENCE,
            )
        )
    except errors.RepositoryNotFoundError:
        raise SpecError(
            f"There is no folder {name!r}, and no model of this name on the hub that may be read.",
            remedy="Write the name as on its page, owner/model; for a private one set HF_TOKEN.",
        ) from None
    except Exception as error:
        raise _not_here(name, f"the hub cannot be asked ({type(error).__name__})") from None


def _not_here(name: str, why: str) -> SpecError:
    place = name.rsplit("/", 1)[-1]
    return SpecError(
        f"The model {name!r} is not on this machine, and {why}.",
        remedy=f"Where there is a network: hf download {name} --local-dir {place}, or with older tools "
        f"huggingface-cli download {name} --local-dir {place}; then name that folder.",
    )
