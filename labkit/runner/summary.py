"""summary.json: what ran, how long it took and how much memory, with what, on what, from which data."""

import dataclasses
import datetime
import importlib.metadata
import json
from pathlib import Path

import psutil

from labkit import files
from labkit.errors import LabkitError
from labkit.runner import kernel

NAME = "summary.json"
PACKAGES = ("papermill", "nbclient", "ipykernel", "matplotlib", "scikit-learn", "scikit-image")


def now() -> str:
    """Return the local time as ISO 8601 with its offset."""
    return datetime.datetime.now().astimezone().isoformat(timespec="seconds")


def about(profile: str, parameters, timeout: float | None, jobs: int, command: str | None) -> dict:
    """Return what the rows of a run have in common: command, versions, commit, machine, settings."""
    from labkit import device
    from labkit.training import results as training_results

    facts = training_results.provenance(command)
    for name in PACKAGES:
        try:
            facts["versions"][name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    facts["machine"] = {"processor": device.processor(), "cores": device.cores(),
                        "memory_bytes": psutil.virtual_memory().total, "system": facts["machine"].rpartition(", ")[2]}
    return {"profile": profile, "parameters": list(parameters), "jobs": jobs, "seconds_per_cell": timeout,
            "started": now(), **facts, "memory_is": kernel.MEMORY_IS}


def earlier(out: Path) -> list[dict]:
    """Return the rows that an earlier run's summary in ``out`` holds; none where it is missing or unreadable."""
    try:
        content = json.loads((out / NAME).read_text(encoding="utf-8"))
        rows = [row | {"profile": row.get("profile") or content["run"]["profile"]} for row in content["notebooks"]]
        rows += content.get("earlier", [])
        return [row for row in rows if isinstance(row["notebook"], str) and row["status"] != "not run"]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def write(report, before: list[dict], finished: bool) -> None:
    """Write summary.json and index.html of a run.

    ``before``: rows of earlier runs (``earlier``); those of notebooks that this run did not execute stay, as long as
    their results lie in the folder. Raises LabkitError when the disk is full or the folder cannot be written.
    """
    from labkit.runner import index

    content = summarise(report, before, finished)
    files.write_json(report.out / NAME, content)
    index.write(content, report.out / "index.html")


def summarise(report, before: list[dict], finished: bool) -> dict:
    """Return what summary.json holds."""
    rows = [dataclasses.asdict(row) for row in report.rows]
    ran = {row["notebook"] for row in rows if row["status"] != "not run"}
    old = [row for row in before if row["notebook"] not in ran and row.get("output")
           and (report.out / row["output"]).is_file()]
    run = report.about | {"finished": now() if finished else None, "interrupted": report.interrupted,
                          "ok": report.ok and finished}
    return {"run": run, "notebooks": rows, "earlier": sorted(old, key=lambda row: row["notebook"])}


def read(out) -> dict:
    """Return the summary of the run in folder ``out``. Raises LabkitError where there is none."""
    path = Path(out) / NAME
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise LabkitError(f"There is no {path}. Run the notebooks first: labkit run --out {out}") from error
    except ValueError as error:
        raise LabkitError(f"{path} is not JSON ({error}). Run the notebooks again: labkit run --out {out}") from error
