"""The one option that every GAN of the collection shares."""

from labkit.errors import LabkitError


def last_activation(output: str) -> str:
    """Return the activation of a discriminator's last layer: "linear" for logits, the reports' "sigmoid" otherwise.

    Logits are the default because the loss then stays exact where the sigmoid has rounded to 0 or 1.
    """
    if output == "logits":
        return "linear"
    if output == "probability":
        return "sigmoid"
    raise LabkitError(f'A discriminator gives output="logits" or output="probability", not {output!r}.')
