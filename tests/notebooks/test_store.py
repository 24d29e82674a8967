"""tools/store.py: what it stores is clean, and what is not clean it does not store."""

import nbformat
import pytest
import store
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from labkit.errors import LabkitError


def test_tidy_leaves_words_outputs_and_labkits_metadata():
    """A notebook as papermill, JupyterLab and a chatty kernel leave it."""
    stream = [new_output("stream", name="stdout", text=text) for text in ("one\n", "two\n")]
    result = new_output("execute_result", data={"text/plain": "4"}, execution_count=7)
    notebook = store.tidy(new_notebook(
        metadata={"kernelspec": {"name": "labs", "display_name": "Labs"}, "papermill": {"duration": 3.0}, "widgets": {},
                  "language_info": {"name": "python", "version": "3.11.2"}, "labkit": {"datasets": [], "report": 4}},
        cells=[new_markdown_cell("# Title\n\n", metadata={"editable": True}),
               new_code_cell("SEED = 0", execution_count=1, metadata={"tags": ["parameters"], "papermill": {}}),
               new_code_cell("SEED = 1", execution_count=3, metadata={"tags": ["injected-parameters"]}),
               new_code_cell("2 + 2\n", execution_count=7, metadata={"execution": {"iopub.busy": "t"}},
                             outputs=[*stream, result])]))
    assert notebook.metadata == {"kernelspec": store.KERNEL, "language_info": store.LANGUAGE,
                                 "labkit": {"datasets": [], "report": 4}}
    assert [cell.source for cell in notebook.cells] == ["# Title", "SEED = 0", "2 + 2"]
    assert [cell.metadata for cell in notebook.cells] == [{}, {"tags": ["parameters"]}, {}]
    outputs = notebook.cells[-1].outputs
    assert [output.get("text") or output.data["text/plain"] for output in outputs] == ["one\ntwo\n", "4"]
    # The counts close the gap of the injected cell.
    assert [cell.get("execution_count") for cell in notebook.cells] == [None, 1, 2]
    assert outputs[-1].execution_count == 2


@pytest.mark.notebook
@pytest.mark.parametrize(("source", "sets", "reason"), [
    ("print(6 * 7)", [], None),
    ("import sys; print('careful', file=sys.stderr)", [], "cell 1: the cell wrote to stderr"),
    ("[][1]", [], "IndexError"),
    ("1", ["cifar10"], "cifar10 would be replaced"),
])
def test_a_notebook_is_stored_only_when_it_is_clean(source, sets, reason, tmp_path, monkeypatch):
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path))
    path = tmp_path / "small.ipynb"
    about = {"labkit": {"datasets": sets, "report": None}}
    nbformat.write(new_notebook(cells=[new_code_cell(source)], metadata=about), path)
    before = path.read_bytes()
    if reason:
        with pytest.raises(LabkitError, match=reason):
            store.store(path, timeout=60)
        assert path.read_bytes() == before
    else:
        assert store.store(path, timeout=60).startswith("small.ipynb: ")
        [cell] = nbformat.read(path, as_version=4).cells
        assert (cell.outputs[0].text, cell.execution_count) == ("42\n", 1)
