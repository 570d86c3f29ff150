"""YAML as Home Assistant and people read it: in the order given, without anchors, plain ASCII."""

from typing import Any

import yaml

# Texts beyond this many characters are folded.
_LONG = 90


class _Dumper(yaml.SafeDumper):
    """Repeats what occurs twice instead of pointing at it, and indents the items of lists."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """Templates and long texts over several lines, so that their quotation marks stay as they are."""
    long = len(text) > _LONG and text.isascii() and "\n" not in text
    style = ">" if long else '"' if "'" in text and '"' not in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def yaml_text(document: dict[str, Any], comment: str) -> str:
    """The document with ``comment`` before it, each of its lines behind a ``#``."""
    lines = "".join(f"# {line}".rstrip() + "\n" for line in comment.splitlines())
    body = yaml.dump(document, Dumper=_Dumper, sort_keys=False, default_flow_style=None, width=116)
    return lines + str(body)
