"""tools/store.py: what it stores is clean, and what is not clean it does not store."""

import nbformat
import pytest
import store
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from labkit.errors import LabkitError

PARAMETERS = 'PROFILE: str = "quick"  # quick | laptop | full'


@pytest.mark.notebook
@pytest.mark.parametrize(("source", "sets", "reason"), [
    ("print(6)\nprint(7)\n6 * 7\n\n", [], None),
    ("import sys; print('careful', file=sys.stderr)", [], "the cell wrote to stderr"),
    ("[][1]", [], "IndexError"),
    ("1", ["cifar10"], "cifar10 would be replaced"),
])
def test_a_notebook_is_stored_only_when_it_is_clean(source, sets, reason, tmp_path, monkeypatch):
    """What papermill, JupyterLab and the cell with the runner's values leave goes; counts close the gap."""
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path))
    path, about = tmp_path / "small.ipynb", {"labkit": {"datasets": sets, "report": None}}
    nbformat.write(new_notebook(metadata=about | {"widgets": {}}, cells=[
        new_markdown_cell("# Title\n\n", metadata={"editable": True}),
        new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}), new_code_cell(source)]), path)
    before = path.read_bytes()
    if reason:
        with pytest.raises(LabkitError, match=reason):
            store.store(path, timeout=60)
        assert path.read_bytes() == before
        return
    assert store.store(path, timeout=60).startswith("small.ipynb: ")
    notebook = nbformat.read(path, as_version=4)
    assert notebook.metadata == {"kernelspec": store.KERNEL, "language_info": store.LANGUAGE} | about
    assert [cell.source for cell in notebook.cells] == ["# Title", PARAMETERS, source.rstrip()]
    assert [cell.metadata for cell in notebook.cells] == [{}, {"tags": ["parameters"]}, {}]
    assert [cell.get("execution_count") for cell in notebook.cells] == [None, 1, 2]
    printed, result = notebook.cells[-1].outputs
    assert (printed.text, result.data["text/plain"], result.execution_count) == ("6\n7\n", "42", 2)
