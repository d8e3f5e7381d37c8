"""The application: finds whose request it is, lets faults play, and keeps the record."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Event
from typing import IO, Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from bot.sandbox import failing
from bot.sandbox.answer import Answer, RefusedError
from bot.sandbox.books import Books
from bot.sandbox.faults import Faults
from bot.sandbox.network import Network, Route, VersionConverter
from bot.sandbox.records import Call, Refusal

_MOST_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Endpoint:
    network: Network | None  # None: the sandbox's own
    route: Route

    @property
    def path(self) -> str:
        return (self.network.base if self.network else "") + self.route.path


class _Request(Request):
    """A request whose files are closed with it, also where its client went away in the middle of one."""

    def _get_file_stream(self, *args: Any, **kwargs: Any) -> IO[bytes]:
        stream = super()._get_file_stream(*args, **kwargs)
        self.__dict__.setdefault("_streams", []).append(stream)
        return stream

    def close(self) -> None:
        for stream in self.__dict__.pop("_streams", []):
            stream.close()
        super().close()


class App:
    """A WSGI application of several networks and the sandbox's own pages."""

    def __init__(
        self, books: Books, faults: Faults, networks: Sequence[Network], own: Iterable[Route], stop: Event
    ) -> None:
        self._books = books
        self._faults = faults
        self._networks = networks
        self._stop = stop
        self._endpoints = [_Endpoint(None, route) for route in own]
        self._endpoints += [_Endpoint(network, route) for network in networks for route in network.routes()]
        self._map = _map(tuple((one.path, one.route.method) for one in self._endpoints))

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        request = _Request(environ)
        request.max_content_length = _MOST_BYTES
        try:
            answer = self._answer(request)
        except HTTPException as error:  # a body that is too large or broken
            answer = Answer(error.code or 400, {"error": error.name})
        finally:
            request.close()
        headers = {**answer.headers, "content-length": str(len(answer.payload))}
        if answer.payload:
            headers["content-type"] = answer.content_type
        return Response(answer.payload, answer.status_line, headers)(environ, start_response)

    def _answer(self, request: Request) -> Answer:
        method = "GET" if request.method == "HEAD" else request.method
        try:
            number, values = self._map.bind("").match(request.path, method)
        except HTTPException as error:
            return self._lost(request, error.code or 404)
        endpoint = self._endpoints[number]
        if endpoint.network is None:
            return _own(endpoint.route, request, values)
        return self._serve(endpoint.network, endpoint.route, request, values)

    def _serve(self, network: Network, route: Route, request: Request, values: Mapping[str, Any]) -> Answer:
        account = network.account_of(request)
        whose = account.name if account else None
        operation, kind = route.wanted(request)
        fault = self._faults.take(network.name, kind)
        outcome = f"fault: {fault.fault}" if fault else ""

        def carry_out() -> Answer:
            try:
                answer = route.handle(request, **values)
            except RefusedError as error:
                answer = error.answer
                self._refuse(network, whose, answer.status, error.code, error.message, operation)
            nonlocal outcome
            outcome = f"{outcome}, {answer.status}" if fault else str(answer.status)
            return answer

        try:
            if fault is None:
                return carry_out()
            wire, now = request.environ["werkzeug.socket"], self._books.now()
            answer = failing.play(fault, network, carry_out, wire, self._stop, now)
            if fault.fault == "status":
                outcome = f"{outcome}, answered {answer.status}"
                words = f"a fault that was asked for ({answer.status})"
                self._refuse(network, whose, answer.status, "fault", words, operation)
            return answer
        finally:
            self._note(network, request, operation, whose, outcome)

    def _lost(self, request: Request, status: int) -> Answer:
        for network in self._networks:
            if request.path.startswith(network.base + "/"):
                self._note(network, request, "unknown", None, str(status))
                return network.error(status)
        return Answer(status, {"error": f"the sandbox has nothing at {request.method} {request.path}"})

    def _note(
        self, network: Network, request: Request, operation: str, account: str | None, outcome: str
    ) -> None:
        at = self._books.now()
        path = request.path.removeprefix(network.base)
        self._books.note(Call(network.name, request.method, path, operation, account, at, outcome))

    def _refuse(
        self, network: Network, whose: str | None, status: int, code: str, message: str, operation: str
    ) -> None:
        if status >= 400:
            at = self._books.now()
            self._books.refuse(Refusal(network.name, whose, status, code, message, at, operation))


def _own(route: Route, request: Request, values: Mapping[str, Any]) -> Answer:
    try:
        return route.handle(request, **values)
    except RefusedError as error:
        return error.answer


@lru_cache
def _map(operations: tuple[tuple[str, str], ...]) -> Map:
    """Where each path and method leads, as a number; making one takes longer than the rest of a sandbox."""
    rules = [Rule(path, methods=[method], endpoint=at) for at, (path, method) in enumerate(operations)]
    converters = {"version": VersionConverter}
    return Map(rules, converters=converters, strict_slashes=False, merge_slashes=False)
