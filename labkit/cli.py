"""``labkit``: thin, over the rest of the package. Each verb is imported only when it is called."""

import importlib
import sys

import click

import labkit
from labkit.errors import LabkitError
from labkit.files import readable

VERBS = {
    "doctor": "Check this machine and the installation.",
    "data": "List, fetch, verify and show the image sets.",
    "audit": "Compare the networks with the reports' tables.",
    "train": "Train a model, with checkpoints.",
    "ship": "A finished training becomes weights that ship.",
    "extractor": "The networks behind the scores.",
    "score": "Score a generator against real pictures.",
    "run": "Execute notebooks headlessly.",
    "ledger": "Every claim of the reports with its verdict.",
    "serve": "Pretrained generators behind a web page.",
}


class Verbs(click.Group):
    """A group whose commands live in ``labkit.commands`` and are imported when they are used."""

    def list_commands(self, context):
        return list(VERBS)

    def get_command(self, context, name):
        if name not in VERBS:
            return None
        return importlib.import_module(f"labkit.commands.{name}").command

    def format_commands(self, context, formatter):
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(labkit.__version__, prog_name="labkit")
def cli():
    """Image Generation Labs: notebooks that draw pictures and measure whether they are any good."""


def main(arguments=None):
    """Run the command line; exit with 0, 1 (something failed), 2 (bad input) or 130 (Ctrl-C)."""
    try:
        code = cli.main(arguments, standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except KeyboardInterrupt:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except LabkitError as error:
        click.echo(f"labkit: {error}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(0)
    except OSError as error:
        mended = readable(error, error.filename)
        if mended is error:
            raise
        click.echo(f"labkit: {mended}", err=True)
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
