"""10,000 broken requests over every route: each is answered, none with a failure of our own.

hypothesis draws them, the same ones in every run. An answer comes within seconds, is no 500 that
wasn't asked for, shows nothing of Python, and where it refuses has one of the service's shapes;
the server logs no failure, and goes on serving.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route

from ocigenai_nb import emulator
from ocigenai_nb.emulator.app import make_app
from ocigenai_nb.emulator.paths import OPENAI_BASES
from tests.emulator import fuzzing, real_calls
from tests.emulator.bare_wire import Complaints, Reply, Request
from tests.emulator.client import CHAT, GPT, write_body
from tests.emulator.real_calls import RESET, Call, World
from tests.emulator.responses_client import RESPONSES

_FRAMING: Final = {"connection", "content-length", "expect", "transfer-encoding", "upgrade"}
_BROKEN_OFF: Final = (http.client.HTTPException, ConnectionError)
_shared: Final = [HealthCheck.function_scoped_fixture]  # it is meant to be the same for all


@pytest.fixture(scope="module")
def emulated() -> Iterator[emulator.Service]:
    """One emulator for all of it, that nobody else uses."""
    with emulator.start() as service:
        yield service


@pytest.fixture
def world(emulated: emulator.Service) -> Iterator[World]:
    """The emulator, which must have logged no failure, and serve as ever afterwards."""
    world = World(emulated)
    with Complaints() as complaints, contextlib.closing(world.client):
        yield world
        plain = Call("POST", CHAT, write_body(), world.key)
        assert world.client.send(world.dress(RESET)).status == 204
        assert world.client.send(world.dress(plain)).check().status == 200
    assert complaints.records == []


@settings(max_examples=4000, suppress_health_check=_shared)
@given(st.data())
def test_a_signed_body_that_is_none_is_answered(world: World, data: st.DataObject) -> None:
    send_body(world, *data.draw(fuzzing.bodies(world.calls)))


@settings(max_examples=500, suppress_health_check=_shared)
@given(st.data())
def test_an_upload_that_is_none_is_answered(world: World, data: st.DataObject) -> None:
    send_body(world, *data.draw(fuzzing.forms(world.calls)))


@settings(max_examples=1000, suppress_health_check=_shared)
@given(st.data())
def test_a_path_or_query_that_is_none_is_answered(world: World, data: st.DataObject) -> None:
    call = data.draw(fuzzing.targets(world.calls))
    send_body(world, call, real_calls.write_body(call.body))


@settings(max_examples=2000, suppress_health_check=_shared)
@given(st.data())
def test_a_request_changed_on_the_way_is_answered(world: World, data: st.DataObject) -> None:
    call = data.draw(st.sampled_from(world.calls))
    send_changed(world, data.draw(fuzzing.dresses(world.dress(call))))


@settings(max_examples=2000, suppress_health_check=_shared)
@given(st.data())
def test_bytes_that_are_no_request_are_answered_or_dropped(
    world: World, data: st.DataObject
) -> None:
    call = data.draw(st.sampled_from(world.calls))
    check_bytes(world.client.send_bytes(data.draw(fuzzing.streams(world.dress(call)))))


@settings(max_examples=500, suppress_health_check=_shared)
@given(st.data())
def test_an_order_of_a_fault_does_what_it_says_or_is_refused(
    world: World, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from((CHAT, RESPONSES)))
    send_order(world, data.draw(fuzzing.orders()), stream=data.draw(st.booleans()), path=path)


def test_every_route_is_called(world: World) -> None:
    app: Any = make_app(world.service._deployment)
    routes = [*app._app.routes, *app._admin.routes]
    calls = (*world.calls, RESET)
    assert [
        route
        for route in routes
        if route.name != "_refuse_here"  # which says why there is no such path
        for method in route.methods - {"HEAD"}
        if not any(_reaches(call, method, route) for call in calls)
    ] == []


def _reaches(call: Call, method: str, route: Route) -> bool:
    path = re.sub(r"^/regions/[^/]+", "", call.target.partition("?")[0])
    bases = OPENAI_BASES if path.startswith(OPENAI_BASES[0]) else (OPENAI_BASES[0],)
    paths = [path.replace(OPENAI_BASES[0], base, 1) for base in bases]
    return call.method == method and any(route.path_regex.match(path) for path in paths)


def send_body(world: World, call: Call, body: bytes) -> None:
    """Send a body with all that makes it authentic, and check the answer."""
    world.client.send(world.dress_bytes(call, body)).check()
    if call.target == "/emulator/faults":
        world.service._deployment.faults.clear()  # else they would strike whoever comes next


def send_changed(world: World, request: Request) -> None:
    """Send a request whose headers may say less or more than there is."""
    real = str(len(request.body))
    frames = [(n, v) for n, v in request.headers if n.lower() in _FRAMING]
    if frames == [("content-length", real)] or not (frames or request.body):
        world.client.send(request).check()
    else:
        check_bytes(world.client.send_bytes(request.bytes))


def send_order(world: World, order: str, *, stream: bool, path: str) -> None:
    """Send a request that asks for a fault, and check whatever that leaves of the answer."""
    talk = (
        {"input": "Hi"} if path == RESPONSES else {"messages": [{"role": "user", "content": "a"}]}
    )
    call = Call("POST", path, {"model": GPT, "stream": stream, **talk}, world.key)
    asked = {int(status) for status in re.findall(r"status=(5\d\d)\b", order)}
    try:
        request = world.dress(call).with_headers([("x-ocigenai-fault", order)])
        world.client.send(request).check(asked=tuple(asked))
    except _BROKEN_OFF:
        assert order.startswith(("cut", "eof", "reset", "no_id")), order


def check_bytes(received: bytes) -> None:
    """Check every answer in what came back."""
    rest = _Received(received)
    while rest.tell() < len(received):
        answer = http.client.HTTPResponse(rest)  # type: ignore[arg-type]
        try:
            answer.begin()
            body = answer.read()
        except (http.client.IncompleteRead, http.client.RemoteDisconnected):
            return  # whoever half closes a connection may be left with half an answer
        Reply(answer.status, answer.headers.get("content-type", ""), body).check()


class _Received(io.BytesIO):
    """What `http.client` reads from in place of a socket, one answer after the other."""

    def makefile(self, _mode: str) -> io.BytesIO:
        return self

    def close(self) -> None:
        """Stay open: there may be another answer."""
