"""The config of one community: read with `load`, changed with comments kept, every key in `DOCUMENTED`."""

from importlib import import_module
from typing import TYPE_CHECKING

from cm_console.config.option import Option as Option
from cm_console.config.places import Home as Home
from cm_console.config.places import home as home
from cm_console.config.reading import complaint as complaint
from cm_console.config.reading import load as load
from cm_console.config.reading import parse as parse
from cm_console.config.shape import Config as Config
from cm_console.config.shape import ConfigError as ConfigError
from cm_console.config.shape import NoConfig as NoConfig
from cm_console.config.shape import SourceConfig as SourceConfig
from cm_console.model.guidelines import Guideline as Guideline

if TYPE_CHECKING:
    from cm_console.config.documented import DOCUMENTED as DOCUMENTED
    from cm_console.config.template import markdown as markdown
    from cm_console.config.writing import add_reply as add_reply
    from cm_console.config.writing import add_source as add_source
    from cm_console.config.writing import remove_reply as remove_reply
    from cm_console.config.writing import remove_source as remove_source
    from cm_console.config.writing import set_value as set_value
    from cm_console.config.writing import write_new as write_new
else:
    _LATER = dict.fromkeys(
        ("add_reply", "add_source", "remove_reply", "remove_source", "set_value", "write_new"), "writing"
    ) | {"markdown": "template", "DOCUMENTED": "documented"}

    def __getattr__(name: str) -> object:
        """What writes a config, and all its keys, are imported when asked for: the first frame only reads one."""
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"cm_console.config.{_LATER[name]}"), name)
