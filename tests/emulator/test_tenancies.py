"""Tenancies as data: users, keys, regions, models, policies, projects and limits, from a file."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import oci
import openai
import pytest
from oci.generative_ai import GenerativeAiClient
from oci.generative_ai_inference import GenerativeAiInferenceClient, models

import ocigenai_nb as og
from ocigenai_nb import emulator
from ocigenai_nb.emulator import Limit, Tenancy, User
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.emulator.tenancy_files import read_tenancies
from tests.emulator.client import CHAT, GPT_OSS, LLAMA, connect, connect_openai, write_body

COMMAND_A = "cohere.command-a-03-2025"
FRANKFURT = "eu-frankfurt-1"
CHICAGO = "us-chicago-1"
RESPONSES = "/openai/v1/responses"

TOML = """
[tenancies.acme]
regions = ["us-chicago-1", "eu-frankfurt-1"]
policies = [
    "allow group chatters to use generative-ai-chat in tenancy",
    "Allow group 'Default'/admins, boss to manage generative-ai-family in tenancy",
    '''allow any-user to use generative-ai-response in tenancy
       where ALL {request.principal.type='generativeaiapikey'}''',
]

[tenancies.acme.models]
eu-frankfurt-1 = ["meta.*", "openai.gpt-5.5"]

[[tenancies.acme.users]]
name = "ann"
groups = ["Chatters"]

[[tenancies.acme.users]]
name = "bob"
groups = ["boss"]
keys = 2

[tenancies.globex]
keeps_nothing = true
needs_project = "always"

[[tenancies.globex.limits]]
requests = 2
seconds = 30
models = "meta.*"

[[tenancies.globex.limits]]
tokens = 40
models = "openai.*"
"""


class Clock:
    """A clock that tests set; it begins now, so that what clients sign is in time."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tenancies") / "tenancies.toml"
    path.write_text(TOML)
    return path


@pytest.fixture(scope="module")
def running(written: Path) -> Iterator[Service]:
    with emulator.start(tenancies=written) as service:
        yield service


@pytest.fixture
def acme(running: Service) -> Iterator[Service]:
    yield running
    running.reset()


def ask_status(service: Service, profile: str, model: str = LLAMA, path: str = CHAT) -> int:
    body = write_body(model) if path.endswith(CHAT) else {"model": model, "input": "hello"}
    with connect(service, profile) as client:
        return client.post(path, json=body).status_code


def test_a_file_makes_a_profile_of_each_key(acme: Service) -> None:
    assert acme.profiles == ("DEFAULT", "ACME_BOB", "ACME_BOB_2", "GLOBEX", "SESSION")
    answers = [ask_status(acme, profile) for profile in acme.profiles]
    assert answers == [200] * 5
    configs = [oci.config.from_file(str(acme.config_file), name) for name in acme.profiles[:4]]
    assert len({config["fingerprint"] for config in configs}) == 4
    assert len({config["user"] for config in configs}) == 3


def test_json_says_the_same(written: Path, tmp_path: Path) -> None:
    other = tmp_path / "same.json"
    other.write_text(json.dumps(tomllib.loads(TOML)))
    assert read_tenancies(other) == read_tenancies(written)


def test_without_a_policy_for_it_the_oci_sdk_is_told_what_oracle_tells(acme: Service) -> None:
    details = models.EmbedTextDetails(
        compartment_id=acme.compartment_id,
        inputs=["a text"],
        serving_mode=models.OnDemandServingMode(model_id="cohere.embed-v4.0"),
    )
    with pytest.raises(oci.exceptions.ServiceError) as refused:
        make_inference(acme, "DEFAULT").embed_text(details)
    assert (refused.value.status, refused.value.code) == (404, "NotAuthorizedOrNotFound")
    words = "no policy statement of the tenancy allows it to this user's groups"
    assert acme.journal.last.refused == words
    chat = models.ChatDetails(
        compartment_id=acme.compartment_id,
        serving_mode=models.OnDemandServingMode(model_id=COMMAND_A),
        chat_request=models.CohereChatRequest(message="Say hello."),
    )
    assert make_inference(acme, "DEFAULT").chat(chat).status == 200


def make_inference(service: Service, profile: str) -> Any:
    config = oci.config.from_file(str(service.config_file), profile)
    return GenerativeAiInferenceClient(
        config,
        service_endpoint=service.url,
        retry_strategy=oci.retry.NoneRetryStrategy(),
        circuit_breaker_strategy=oci.circuit_breaker.NoCircuitBreakerStrategy(),
    )


def test_the_family_covers_models_and_not_responses(acme: Service) -> None:
    config = oci.config.from_file(str(acme.config_file), "ACME_BOB")
    client = GenerativeAiClient(config, service_endpoint=acme.url)
    assert client.list_models(config["tenancy"]).data.items
    assert ask_status(acme, "ACME_BOB", GPT_OSS, RESPONSES) == 404


def test_a_statement_may_be_for_api_keys_of_the_service_alone(acme: Service) -> None:
    with openai.OpenAI(
        base_url=f"{acme.url}/openai/v1",
        api_key=acme.genai_api_key,
        project=acme.project_id,
        default_headers={"CompartmentId": acme.compartment_id},
        max_retries=0,
    ) as client:
        assert client.responses.create(model=GPT_OSS, input="hello").status == "completed"
        with pytest.raises(openai.NotFoundError, match="Authorization failed or requested"):
            client.chat.completions.create(model=LLAMA, messages=[{"role": "user", "content": "x"}])
    words = "no policy statement of the tenancy allows it to a GenAI API key"
    assert acme.journal.last.refused == words


def test_a_region_is_below_a_path_and_has_the_models_it_has(acme: Service) -> None:
    there = acme.endpoint_in(FRANKFURT).removeprefix(acme.url)
    assert ask_status(acme, "ACME_BOB", COMMAND_A, there + CHAT) == 404
    assert ask_status(acme, "ACME_BOB", "openai.gpt-5.5", there + CHAT) == 200
    assert ask_status(acme, "ACME_BOB", "openai.gpt-5.5") == 404, "restricted at home"
    assert acme.journal.last.path == CHAT


def test_a_region_that_was_not_subscribed_knows_no_key(acme: Service) -> None:
    there = acme.endpoint_in(FRANKFURT).removeprefix(acme.url)
    assert ask_status(acme, "GLOBEX", LLAMA, there + CHAT) == 401
    assert acme.journal.last.refused == f"the tenancy has not subscribed to {FRANKFURT}"


def test_our_own_connection_reaches_another_region(acme: Service) -> None:
    genai = og.connect(
        "ACME_BOB", config_file=acme.config_file, endpoint=acme.endpoint_in(FRANKFURT)
    )
    assert genai.chat(LLAMA).send("What is 17 * 23?").text == "17 * 23 = 391"


def test_each_region_lists_its_own_models(acme: Service) -> None:
    config = oci.config.from_file(str(acme.config_file), "ACME_BOB")
    found = {}
    for region in (CHICAGO, FRANKFURT):
        client = GenerativeAiClient(config, service_endpoint=acme.endpoint_in(region))
        items = client.list_models(config["tenancy"]).data.items
        found[region] = {item.display_name: item.id for item in items}
        assert bool(client.list_generative_ai_projects(config["tenancy"]).data.items) is False
    assert COMMAND_A in found[CHICAGO]
    assert all(n.startswith("meta.") or n == "openai.gpt-5.5" for n in found[FRANKFURT])
    assert FRANKFURT in found[FRANKFURT][LLAMA]
    assert found[CHICAGO][LLAMA] != found[FRANKFURT][LLAMA]


def test_projects_and_endpoints_are_at_home(acme: Service) -> None:
    config = oci.config.from_file(str(acme.config_file), "ACME_BOB")
    listed = []
    for region in (CHICAGO, FRANKFURT):
        client = GenerativeAiClient(config, service_endpoint=acme.endpoint_in(region))
        listed.append(len(client.list_generative_ai_projects(acme.compartment_id).data.items))
    assert listed == [1, 0]
    there = acme.endpoint_in(FRANKFURT).removeprefix(acme.url)
    assert ask_status(acme, "ACME_BOB", acme.endpoint_id, there + CHAT) == 404
    assert ask_status(acme, "ACME_BOB", acme.endpoint_id) == 200


@pytest.mark.parametrize("path", ["/v1/x509", "/opc/v2/instance/region", "/regions/x", "", "/"])
def test_below_a_region_there_is_no_identity_service(acme: Service, path: str) -> None:
    there = acme.endpoint_in(FRANKFURT).removeprefix(acme.url)
    with connect(acme, "ACME_BOB") as client:
        assert client.post(there + path, json={}).status_code == 404


def test_a_tenancy_may_need_a_project_for_every_model(acme: Service) -> None:
    assert ask_status(acme, "GLOBEX", GPT_OSS, RESPONSES) == 400
    with emulator.start(tenancies=[Tenancy("free", needs_project="never")]) as service:
        assert ask_status(service, "DEFAULT", "xai.grok-4.3", RESPONSES) == 200


def test_requests_over_a_limit_are_throttled_until_the_window_ends() -> None:
    clock = Clock()
    limited = Tenancy("busy", limits=(Limit(requests=2, seconds=30, models="meta.*"),))
    with emulator.start(tenancies=[limited], clock=clock) as service:
        assert [ask_status(service, "DEFAULT") for _ in range(3)] == [200, 200, 429]
        assert ask_status(service, "DEFAULT", GPT_OSS) == 200
        with connect(service) as client:
            answer = client.post(CHAT, json=write_body())
        assert answer.json() == {
            "code": "429",
            "message": "Service request limit is exceeded, request is throttled for tenant:"
            + limited.ocid,
        }
        assert "retry-after" not in answer.headers
        assert service.journal.last.refused == "the tenancy has used up a limit"
        clock.ahead = 31
        assert ask_status(service, "DEFAULT") == 200
        service.reset()
        assert [ask_status(service, "DEFAULT") for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("fields", [{}, {"stream": True}])
def test_the_request_that_uses_up_the_tokens_is_the_last_one_answered(
    fields: dict[str, Any],
) -> None:
    limited = Tenancy("busy", limits=(Limit(tokens=20, seconds=3600),))
    with emulator.start(tenancies=[limited]) as service, connect(service) as client:
        body = write_body(prompt="count from 1 to 30", **fields)
        assert [client.post(CHAT, json=body).status_code for _ in range(2)] == [200, 429]


def test_the_openai_sdk_meets_a_rate_limit() -> None:
    limited = Tenancy("busy", limits=(Limit(tokens=20, seconds=3600),))
    with emulator.start(tenancies=[limited]) as service, connect_openai(service) as made:
        client = made.with_options(max_retries=0)
        client.responses.create(model=GPT_OSS, input="count from 1 to 30")
        with pytest.raises(openai.RateLimitError, match="request is throttled for tenant:ocid1"):
            client.responses.create(model=GPT_OSS, input="count from 1 to 30")


def test_the_command_serves_the_tenancies_of_a_file(written: Path, tmp_path: Path) -> None:
    module = [sys.executable, "-m", "ocigenai_nb.emulator", "--dir", str(tmp_path / "here")]
    command = [*module, "--tenancies", str(written), "--no-admin"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
    assert said["profiles"] == ["DEFAULT", "ACME_BOB", "ACME_BOB_2", "GLOBEX", "SESSION"]
    written_wrong = tmp_path / "wrong.toml"
    written_wrong.write_text("[tenancies.x]\nzdr = true")
    wrong = [*module, "--tenancies", str(written_wrong)]
    done = subprocess.run(wrong, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "tenancies.x has no 'zdr'" in done.stderr


BAD = [
    ('tenancies = "acme"', "tenancies must be a table of names"),
    ("tenants = {}", "The file has no 'tenants': what it can have is tenancies."),
    ("[tenancies]", "needs at least one tenancy"),
    ("[tenancies.Acme]", "tenancies.Acme: 'Acme' is no name of a tenancy"),
    ("[tenancies.session]\n[tenancies.x]\n[tenancies.y]", None),
    ("[tenancies.x]\n[tenancies.session]", "Two profiles would be called 'SESSION'"),
    ("[tenancies.x]\nzdr = true", "tenancies.x has no 'zdr': what it can have is keeps_nothing"),
    ('[tenancies.x]\nkeeps_nothing = "yes"', "tenancies.x.keeps_nothing must be true or false."),
    ('[tenancies.x]\nregions = "us-chicago-1"', "tenancies.x.regions must be a list."),
    ('[tenancies.x]\nregions = ["mars"]', "'mars' is no region: write it like 'us-chicago-1'"),
    ("[tenancies.x]\nregions = []", "needs at least one region"),
    ('[tenancies.x.models]\nuk-london-1 = ["no.*"]', "no model known here is called 'no.*'"),
    ('[tenancies.x]\npolicies = ["let me in"]', "'let me in' is no statement known here"),
    (
        '[tenancies.x]\npolicies = ["allow any-user to use object-family in tenancy"]',
        "There is no resource type 'object-family' here",
    ),
    ('[tenancies.x]\nneeds_project = "maybe"', "needs_project is one of others, always, never"),
    ("[[tenancies.x.users]]\nkeys = 2", r"tenancies.x.users\[0\] needs a name."),
    ('[[tenancies.x.users]]\nname = "a"\nkeys = 4', "has 4 keys: 1 to 3 go"),
    ('[[tenancies.x.users]]\nname = "a"\nkeys = true', "keys must be a whole number"),
    ("[[tenancies.x.limits]]\nseconds = 5", "how many requests or how many tokens"),
    ("[[tenancies.x.limits]]\nrequests = 5\nseconds = 0", "its seconds more than 0"),
    ("[tenancies.x", "It can't be read as TOML"),
]


@pytest.mark.parametrize(("content", "words"), BAD)
def test_what_is_wrong_with_a_file_is_said_in_a_sentence(
    tmp_path: Path, content: str, words: str | None
) -> None:
    path = tmp_path / "tenancies.toml"
    path.write_text(content)
    if words is None:  # the first tenancy's profile is DEFAULT, whatever its name
        assert len(read_tenancies(path)) == 3
        return
    with pytest.raises(ValueError, match=words) as refused:
        emulator.start(tenancies=path)
    assert str(refused.value).startswith(str(path))


def test_a_file_of_another_kind_or_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"ends in \.toml or \.json"):
        emulator.start(tenancies=tmp_path / "tenancies.yaml")
    with pytest.raises(FileNotFoundError):
        emulator.start(tenancies=tmp_path / "tenancies.toml")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Tenancy("a", policies=("nonsense",)),
        lambda: Tenancy("a", users=()),
        lambda: Limit(requests=-1),
        lambda: User("Ann"),
    ],
)
def test_python_objects_are_as_strict(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        make()


def test_two_users_may_not_share_a_profile() -> None:
    with pytest.raises(ValueError, match="Two profiles would be called 'A_ANN'"):
        emulator.start(tenancies=[Tenancy("a", users=(User("x"), User("ann"), User("ann")))])
