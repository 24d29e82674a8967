"""What benchmarks take from notebooks: the cells with the tag ``define`` run by themselves, and define the names."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
import lesson


@pytest.mark.parametrize(("number", "names"), [
    (3, "STATED split_by_photo open_study give_up suggest train error Report"),
    (4, "networks make_step train ring points play coverage informed"),
    (12, "PLANS load learn train settled translate named framed accuracy"),
    (14, "free_addresses start"),
])
def test_a_notebooks_definitions_stand_alone(number, names):
    found = lesson.load(number)
    assert [name for name in names.split() if not hasattr(found, name)] == []
