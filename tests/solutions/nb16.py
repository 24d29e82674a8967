"""Solutions of 16_since_then."""

import numpy as np

from labkit.exercises import nb16


def midpoint(velocity, x, t, dt):
    middle = x + dt / 2 * velocity(x, t)
    return x + dt * velocity(middle, t + dt / 2)


def my_velocity(place_and_time):
    """In the notebook: three wider layers, trained for longer, asked late.

        dense = keras.layers.Dense
        hidden = [dense(128, "relu") for _ in range(3)]
        my_velocity = keras.Sequential([keras.Input((3,)), *hidden, dense(2)])
        learn(my_velocity, ring, 6000, rate=3e-3)

    Here, for the tests, the exact velocity with an error, as such a network makes it.
    """
    x, t = place_and_time[:, :2].astype(float), float(place_and_time[0, 2])
    return nb16._exact(x, t) + 0.15 * np.sin(5 * x)


my_times = [0, 0.35, 0.6, 0.75, 0.87, 1]

ANSWERS = {"16.1": (midpoint,), "16.2": (my_velocity, my_times), "16.3": ("bd",)}
