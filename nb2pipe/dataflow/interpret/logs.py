"""Logging: what the process's loggers keep is one object of the notebook, which no variable names.

Loggers, their handlers, formatters and filters share one region. Setting them up changes it; so does each message where a
handler keeps something or runs code of the notebook.
"""

from __future__ import annotations

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import LOGS, SHARED, EffectKind, Value
from nb2pipe.dataflow.interpret.base import Base
from nb2pipe.dataflow.interpret.model import SCALAR
from nb2pipe.diagnostics import Span

#: Functions of the module, and methods of loggers and adapters, that write a message.
_WRITING = frozenset(["debug", "info", "warning", "warn", "error", "critical", "fatal", "exception", "log", "handle"])
#: Methods of loggers that only tell something.
_TELLING = frozenset(["isEnabledFor", "getEffectiveLevel", "hasHandlers", "getChildren", "findCaller"])
#: Methods of handlers that write a message.
_EMITTING = frozenset(["emit", "handle", "format", "filter"])
#: Kinds of regions that stay as they are when a message is written.
_STATELESS = frozenset(["loggers", "log handler", "log formatter", "log filter"])
#: Handlers that can go on in another process; the others hold connections, queues or messages.
_HANDLERS = frozenset(
    [
        "StreamHandler",
        "FileHandler",
        "NullHandler",
        "handlers.RotatingFileHandler",
        "handlers.TimedRotatingFileHandler",
        "handlers.WatchedFileHandler",
    ]
)
#: Streams that go on in another process.
_STREAMS = frozenset(["sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__", "io.StringIO"])
#: Libraries that write messages of their own in everyday use.
_LOGGING_ROOTS = frozenset(["matplotlib", "seaborn", "pylab"])


class Logs(Base):
    """Loggers, what they keep, and what they do."""

    @property
    def _loggers(self) -> Value:
        """Any logger: all of them hang together."""
        if self.logs is None:
            self.logs = self.regions.new("loggers")
            self.hidden[self.logs] = LOGS
        return Value("logger", self.logs, dotted="logging.getLogger", part=True)

    def read_logs(self, span: Span) -> None:
        """A stage starts: whatever it logs, it logs as loggers are set up by then."""
        if LOGS in self.env and not self.stage.name.startswith("#"):
            self.read_name(LOGS, span)

    def _is_certain(self) -> bool:
        """Whether what is looked at runs in every run of the stage, and stays in the process."""
        return not (self.journals or self.maybe or self.guarded or self.stage.name.startswith("#"))

    def _change_logs(self, span: Span, *, deep: bool = False) -> None:
        loggers = self._loggers
        self.effect(EffectKind.SETTING, "logging", span)
        if self.stage.name == SHARED:  # each stage repeats it
            return
        assert loggers.region is not None
        self.change_hidden(LOGS, loggers.region, span, deep=deep)

    def set_up_logs(self, values: list[Value], span: Span) -> None:
        """Loggers get handlers, filters, levels and the like."""
        loggers = self._loggers
        for value in values:
            self.attach(Value(LOGS, loggers.region), [value])
        self._change_logs(span)

    def write_log(self, values: list[Value], span: Span) -> None:
        """A message: handlers may keep it, and run code of the notebook."""
        loggers = self._loggers
        for value in values:
            self.touch(value, span)
        codes = self.regions.code(loggers.region)
        own = any(b.dotted.endswith("FileHandler") for n in codes for b in self.codes[n].bases)
        for path in sorted(self.log_files | ({""} if own else set())):
            self.effect(EffectKind.WRITE, path, span)
        if codes:
            self.attach(Value(LOGS, loggers.region), values)
            self.may_execute(Value("unknown", loggers.region), span, values)
        reach = self.regions.reach(loggers.region)
        if codes or any(self.regions.kind(r) not in _STATELESS for r in reach):
            self._change_logs(span, deep=True)

    def library_logs(self, dotted: str, span: Span) -> None:
        """A library is called that may write messages by itself; warnings are such messages where logging captures them."""
        root = dotted.split(".", maxsplit=1)[0]
        writes = root in _LOGGING_ROOTS or root not in known.ARGUMENT_SAFE_ROOTS or dotted == "warnings.warn"
        if self.logs is not None and writes:
            self.write_log([], span)

    def call_logging(self, name: str, args: list[Value], keywords: dict[str, Value], span: Span) -> Value | None:
        """Calls a function of `logging`; `None` where it has nothing to do with loggers."""
        values = [*args, *keywords.values()]
        if name in ("getLogger", "root.getChild"):
            return self._loggers
        if name in _WRITING:
            if not self.root_has_handler:  # the first one gives the root logger one
                self._change_logs(span)
                self.root_has_handler = self._is_certain()
            self.write_log(values, span)
            return SCALAR
        if f"logging.{name}" in known.LOGGING_SETUP:
            if name == "basicConfig" and (path := keywords.get("filename")) is not None:
                self.log_files.add(path.const or "")
                self.opening_effect(path, keywords.get("filemode", Value("str", const="a")), span)
            elif name.startswith("config.") and self.configures_files:
                self.log_files.add("")
                self.effect(EffectKind.WRITE, "", span)
            if not self._goes_on(keywords.get("stream")):
                values.append(Value("handler", self.regions.new("handler")))
            self.set_up_logs(values, span)
            self.root_has_handler = name == "basicConfig" and self._is_certain()
            return SCALAR
        if name in ("Formatter", "Filter"):
            kind = "log formatter" if name == "Formatter" else "log filter"
            return Value(kind, self.pack(kind, values), dotted=f"logging.{name}")
        if name in ("LoggerAdapter", "getHandlerByName", "getLogRecordFactory", "lastResort"):
            region = self.pack("unknown", [*values, self._loggers])
            return Value(region=region, dotted=f"logging.{name}", part=True)
        if name.endswith("Handler"):
            stream = keywords.get("stream") or (args[0] if args else None)
            goes_on = name in _HANDLERS and (name != "StreamHandler" or self._goes_on(stream))
            kind = "log handler" if goes_on else "handler"
            if "File" in name:
                path = keywords.get("filename") or (args[0] if args else Value("str"))
                self.log_files.add((path.const or "") + ("*" if "Rotating" in name and path.const else ""))
            elif stream is not None and stream.kind == "file":
                self.log_files.add(stream.const[2:] if stream.const else "")
            return Value(kind, self.pack(kind, values), dotted=f"logging.{name}")
        if name in ("LoggerAdapter", "getHandlerByName", "getLogRecordFactory", "lastResort"):
            region = self.pack("unknown", [*values, self._loggers])
            return Value(region=region, dotted=f"logging.{name}", part=True)
        if name.endswith("Handler"):
            kind = "log handler" if name in _HANDLERS and not self.replaces_streams else "handler"
            if "File" in name:
                path = keywords.get("filename") or (args[0] if args else Value("str"))
                self.log_files.add((path.const or "") + ("*" if "Rotating" in name and path.const else ""))
            elif args or keywords:
                stream = keywords.get("stream") or (args[0] if args else SCALAR)
                if stream.kind == "file":
                    self.log_files.add(stream.const[2:] if stream.const else "")
            return Value(kind, self.pack(kind, values), dotted=f"logging.{name}")
        return None

    def _goes_on(self, stream: Value | None) -> bool:
        """Whether a handler of the stream can go on in another process; by default it is that of the process then."""
        if self.replaces_streams:
            return False
        known_stream = stream is None or stream.kind in ("file", "scalar") or stream.dotted in _STREAMS
        return known_stream or bool(stream is not None and self._classes_of(stream))

    def call_logger(self, receiver: Value, name: str, values: list[Value], span: Span) -> Value | None:
        """Calls a method of a logger, an adapter or a handler; `None` where it does nothing special."""
        if receiver.kind in ("log handler", "handler", "log formatter", "log filter"):
            if name in _EMITTING:
                self.write_log(values, span)
            elif not name.startswith("get"):
                self.mutate(receiver, span)
                self.attach(receiver, values)
            return SCALAR
        if receiver.dotted == "logging.LoggerAdapter" and name in _WRITING:
            self.write_log(values, span)
            return SCALAR
        if receiver.dotted not in ("logging.getLogger", "logging.root"):
            return None
        if name in _WRITING:
            self.write_log(values, span)
        elif name == "getChild":
            return self._loggers
        elif name not in _TELLING:
            self.set_up_logs(values, span)
            self.root_has_handler = self.root_has_handler and name not in ("removeHandler", "handlers")
        return SCALAR
