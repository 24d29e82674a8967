"""What tests share: a small generator, what was displayed, the command line, a home with a small classifier."""

import pytest

from labkit import files


@pytest.fixture(scope="module")
def generator():
    """Return a generator of 8x8 colour pictures from 12 numbers, small enough for tests."""
    import keras

    keras.utils.set_random_seed(3)
    return keras.Sequential([
        keras.Input((12,)), keras.layers.Dense(4 * 4 * 6, use_bias=False), keras.layers.Reshape((4, 4, 6)),
        keras.layers.Conv2DTranspose(3, 4, 2, "same", activation="tanh"),
    ], name="little")


@pytest.fixture
def policy():
    """Return what sets Keras' dtype policy until the test ends; "auto" may set one, too, on a processor with AMX."""
    import keras

    yield keras.config.set_dtype_policy
    keras.config.set_dtype_policy("float32")


@pytest.fixture
def shown(monkeypatch):
    """Collect what is displayed instead of displaying it."""
    collected = []
    monkeypatch.setenv("LABKIT_HEADLESS", "1")
    monkeypatch.setattr("labkit.plotting.output.display", lambda data, raw: collected.append(data))
    return collected


@pytest.fixture
def labkit(capsys):
    """Return a function that runs the command line here: (status, output, errors)."""
    from labkit import cli

    def call(*arguments):
        with pytest.raises(SystemExit) as caught:
            cli.main(list(arguments))
        return caught.value.code, *capsys.readouterr()
    return call


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """No set and no weights here, and no way to fetch them."""
    for name, value in (("LABKIT_HOME", tmp_path), ("LABKIT_DATA", tmp_path / "sets"), ("LABKIT_OFFLINE", "1")):
        monkeypatch.setenv(name, str(value))


@pytest.fixture
def classifier_home(alone):
    """A home with pretrained weights of a tiny classifier of Fashion-MNIST, offline, and nothing else."""
    from labkit.models import classifiers, weights

    network = classifiers.build((28, 28, 1), 10, ((4,), (8,)), 6)
    weights.save("classifier-fashion_mnist", network, {
        "name": "fashion_mnist", "dataset": "Fashion-MNIST", "classes": [str(number) for number in range(10)],
        "image_shape": [28, 28, 1], "features": 6, "recipe": {"stages": [[4], [8]], "dropout": 0.2},
        "accuracy": 0.5, "is_stand_in": False, "parameters": network.count_params()})
    return files.home()
