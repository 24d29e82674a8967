"""``labkit serve``: the pretrained generators behind HTTP."""

import click

from labkit.errors import LabkitError


@click.command("serve")
@click.argument("key", required=False)
@click.option("--host", default="127.0.0.1", show_default=True,
              help="Where to listen. The default is reached from this machine alone; 0.0.0.0 is everywhere.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0: a free one.")
@click.option("--only", is_flag=True, help="Serve KEY alone, not all pretrained generators.")
@click.option("--framed", is_flag=True, help="Let pages of this machine, such as JupyterLab, show it in a frame.")
@click.option("--prepare", "only_prepare", is_flag=True, help="Export the generators to ONNX, and stop.")
@click.option("--until-stdin-ends", is_flag=True, hidden=True)
def command(key, host, port, only, framed, only_prepare, until_stdin_ends):
    """Serve the pretrained generators: a page at /, an API at /api/v1/.

    KEY is the generator that the page begins with. They are exported to ONNX the first time (some seconds, by a
    process that needs TensorFlow); the server itself needs a tenth of TensorFlow's memory.
    """
    if not host.strip():
        raise LabkitError("--host is empty. Leave it out to be reached from this machine alone.")
    from labkit.serving import listen, store

    if only and not key:
        raise click.UsageError("--only needs a KEY, for instance: labkit serve cifar-dcgan --only")
    models = store.prepare(key, click.echo, only)
    if not only_prepare:
        listen.serve(models, host, port, framed, until_stdin_ends, click.echo, lambda text: click.echo(text, err=True))
