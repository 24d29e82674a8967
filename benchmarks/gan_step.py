"""Training steps of the convolutional GAN: labkit's against the loop of TensorFlow's DCGAN tutorial, in one process.

    python benchmarks/gan_step.py

The plain loop does what the tutorial does: a tf.function with two gradient tapes, cross-entropy from logits, Adam for
each network, pictures as float32 from a tf.data pipeline. Blocks of the variants alternate, and the median block
counts, so that what else the machine does hits all of them. What is reported is a ratio.
"""

import statistics
import time

from labkit import datasets, device, files, models

device.quiet_tensorflow()

import keras  # noqa: E402  (TensorFlow must be quietened before)
import tensorflow as tf  # noqa: E402

from labkit import training  # noqa: E402

KEY, BATCH, STEPS, BLOCKS = "cifar-dcgan", 256, 30, 3


def plain(images):
    """Return a function of a number of steps: the tutorial's loop on freshly built networks."""
    generator, discriminator = models.build(KEY, seed=0)
    entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    g_optimizer, d_optimizer = keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4)
    g_optimizer.build(generator.trainable_variables)
    d_optimizer.build(discriminator.trainable_variables)
    floats = training.normalise(images, (None, *images.shape[1:]))
    batches = iter(tf.data.Dataset.from_tensor_slices(floats).shuffle(2000).repeat().batch(BATCH).prefetch(2))

    @tf.function
    def step(real):
        noise = tf.random.normal([BATCH, generator.input_shape[1]])
        with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
            fake = generator(noise, training=True)
            on_real, on_fake = discriminator(real, training=True), discriminator(fake, training=True)
            g_loss = entropy(tf.ones_like(on_fake), on_fake)
            d_loss = entropy(tf.ones_like(on_real), on_real) + entropy(tf.zeros_like(on_fake), on_fake)
        g_optimizer.apply(g_tape.gradient(g_loss, generator.trainable_variables), generator.trainable_variables)
        d_optimizer.apply(d_tape.gradient(d_loss, discriminator.trainable_variables), discriminator.trainable_variables)
        return d_loss

    def run(steps):
        for _ in range(steps):
            loss = step(next(batches))
        loss.numpy()  # wait for the last one

    return run


def ours(images):
    """Return a function of a number of steps: ``GAN.fit``."""
    gan = training.GAN(*models.build(KEY, seed=0), seed=0)
    gan.compile(keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4))
    return lambda steps: gan.fit(images, BATCH, steps_per_epoch=steps)


def main():
    """Measure and write the results file."""
    images = datasets.load("cifar10", limit=5000).images
    variants = {"plain TensorFlow, float32": ("float32", plain), "labkit, float32": ("float32", ours)}
    if device.bfloat16_processor()[0]:
        variants["labkit, bfloat16"] = ("mixed_bfloat16", ours)
    runs = {}
    for name, (policy, make) in variants.items():
        keras.config.set_dtype_policy(policy)
        runs[name] = make(images)
        runs[name](3)  # tracing and first allocations
    seconds = {name: [] for name in runs}
    for _ in range(BLOCKS):
        for name, run in runs.items():
            start = time.perf_counter()
            run(STEPS)
            seconds[name].append(time.perf_counter() - start)
    rates = {name: STEPS * BATCH / statistics.median(times) for name, times in seconds.items()}
    base = rates["plain TensorFlow, float32"]
    training.results.write(files.results() / "gan-step.json", {
        "key": KEY, "batch": BATCH, "steps_per_block": STEPS, "blocks": BLOCKS,
        "images_per_second": {name: round(rate, 1) for name, rate in rates.items()},
        "ratio_to_plain": {name: round(rate / base, 3) for name, rate in rates.items()},
    })


if __name__ == "__main__":
    main()
