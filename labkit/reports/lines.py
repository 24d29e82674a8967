"""Where in a TOML text a value stands, so that an error can name the line."""

import re
import tomllib

from labkit.errors import LabkitError

TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?!")' r"|'''.*?'''(?!')" r'|"(?:\\.|[^"\\\n])*"' r"|'[^'\n]*'"
    r"|\#[^\n]*|[\[\]{},=\n]|[^\s\[\]{},=\#\"']+|[ \t\r]+",
    re.DOTALL,
)


class Located:
    """A parsed TOML text that knows the line of each of its values.

    ``table`` is what tomllib gives; ``line(path)`` takes a path of keys and indices, ``("claims", 3, "kind")``.
    Raises LabkitError with file name and line when the text is no TOML.
    """

    def __init__(self, text: str, filename: str):
        self.filename = filename
        try:
            self.table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"line (\d+)", str(error))
            line = int(found[1]) if found else len(text.splitlines()) or 1
            reason = re.sub(r"\s*\(at .*\)$", "", str(error))
            hint = "" if found else " The file ends here; a quotation or a bracket opened further up is not closed."
            raise LabkitError(f"{filename}, line {line}: this is not valid TOML: {reason}.{hint}") from error
        self._lines = Scanner(text).lines

    def line(self, path: tuple) -> int:
        """Return the line (from 1) of the value at ``path``, or of the nearest table around it."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def error(self, path: tuple, message: str) -> LabkitError:
        """Return, not raise, the error for the value at ``path``."""
        return LabkitError(f"{self.filename}, line {self.line(path)}: {message}")


class Scanner:
    """Walks over a text that tomllib has accepted, and notes in ``lines`` where each path begins."""

    def __init__(self, text: str):
        self.lines: dict[tuple, int] = {}
        self._counts: dict[tuple, int] = {}
        self._tokens = [(found[0], text.count("\n", 0, found.start()) + 1) for found in TOKEN.finditer(text)]
        self._at = 0
        table = ()
        while (token := self._peek(skip_newlines=True)) is not None:
            if token == "[":
                table = self._header()
            else:
                self._pair(table)

    def _peek(self, skip_newlines=False):
        while self._at < len(self._tokens):
            token = self._tokens[self._at][0]
            if token[0] in " \t\r#" or (skip_newlines and token == "\n"):
                self._at += 1
            else:
                return token
        return None

    def _take(self):
        token = self._peek()
        self._at += 1
        return token

    def _key(self, end: str) -> list[str]:
        parts = []
        while (token := self._take()) != end:
            parts += [token[1:-1]] if token[0] in "\"'" else [part for part in token.split(".") if part]
        return parts

    def _header(self) -> tuple:
        line = self._tokens[self._at][1]
        self._take()
        many = self._peek() == "["
        if many:
            self._take()
        *outer, name = self._key("]")
        if many:
            self._take()
        path = ()
        for part in outer:
            path += (part,)
            if path in self._counts:
                path += (self._counts[path] - 1,)
        path += (name,)
        if many:
            index = self._counts.get(path, 0)
            self._counts[path] = index + 1
            self.lines.setdefault(path, line)
            path += (index,)
        self.lines[path] = line
        return path

    def _pair(self, table: tuple) -> None:
        line = self._tokens[self._at][1]
        path = table + tuple(self._key("="))
        self.lines[path] = line
        self._value(path)

    def _value(self, path: tuple) -> None:
        opening = self._peek()
        if opening == "[":
            self._take()
            index = 0
            while (token := self._peek(skip_newlines=True)) != "]":
                if token == ",":
                    self._take()
                    index += 1
                    continue
                self.lines[(*path, index)] = self._tokens[self._at][1]
                self._value((*path, index))
            self._take()
        elif opening == "{":
            self._take()
            while (token := self._peek(skip_newlines=True)) != "}":
                if token == ",":
                    self._take()
                else:
                    self._pair(path)
            self._take()
        else:
            while self._peek() not in (None, ",", "]", "}", "\n"):
                self._take()
