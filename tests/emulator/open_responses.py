"""The Open Responses specification (2026-04-24) as far as a server's answers go, as a table.

Each line names an object, its fields and what they hold. A field that may be left out begins with
"~"; one that begins with "+" is OpenAI's and not in the specification. A kind with "?" may be null,
one in brackets is a list of it, "=" is followed by the words that are allowed; a capital begins
another object, whose `type` is looked for where it has several shapes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Final

_OBJECTS: Final = """
Response: id text, object =response, created_at int, completed_at int?,
  status =completed|failed|in_progress|cancelled|queued|incomplete, incomplete_details Incomplete?,
  model text, previous_response_id text?, instructions text?, output [Item], error Error?,
  tools [Tool], tool_choice Choice, truncation =auto|disabled, parallel_tool_calls bool, text Text,
  top_p number, presence_penalty number, frequency_penalty number, top_logprobs int,
  temperature number, reasoning Reasoning?, usage Usage?, max_output_tokens int?,
  max_tool_calls int?, store bool, background bool, service_tier text, metadata object,
  safety_identifier text?, prompt_cache_key text?, +conversation object
Incomplete: reason text
Error: code text, message text
Usage: input_tokens int, output_tokens int, total_tokens int, input_tokens_details Read,
  output_tokens_details Made
Read: cached_tokens int, +cache_write_tokens int
Made: reasoning_tokens int
Reasoning: effort =none|low|medium|high|xhigh?, summary =concise|detailed|auto?
Text: format Format, ~verbosity =low|medium|high
Format.text: type text
Format.json_object: type text
Format.json_schema: type text, name text, description text?, schema object, strict bool
Tool.function: type text, name text, description text?, parameters object?, strict bool?
Tool.file_search: +type text, +vector_store_ids [text], +max_num_results int, +filters object?,
  +ranking_options object
Choice.function: type text, ~name text
Choice.allowed_tools: type text, tools [Choice], mode =none|auto|required
Choice.file_search: +type text
Item.message: type text, id text, status =in_progress|completed|incomplete,
  role =user|assistant|system|developer, content [Part], ~phase =commentary|final_answer
Item.function_call: type text, id text, call_id text, name text, arguments text,
  status =in_progress|completed|incomplete
Item.function_call_output: type text, id text, call_id text, output Output,
  status =in_progress|completed|incomplete
Item.reasoning: type text, id text, summary [Part], ~content [Part], ~encrypted_content text
Item.compaction: type text, id text, encrypted_content text, ~created_by text
Item.file_search_call: +type text, +id text, +status =in_progress|searching|completed,
  +queries [text], +results [object]?
Part.input_text: type text, text text
Part.output_text: type text, text text, annotations [Annotation], ~logprobs [Logprob]
Part.summary_text: type text, text text
Part.reasoning_text: type text, text text
Part.refusal: type text, refusal text
Part.input_image: type text, image_url text?, detail =low|high|auto
Part.input_file: type text, ~filename text, ~file_url text, +file_data text
Annotation.url_citation: type text, url text, start_index int, end_index int, title text
Annotation.file_citation: +type text, +file_id text, +filename text, +index int
Logprob: token text, logprob number, bytes [int], top_logprobs [Toplogprob]
Toplogprob: token text, logprob number, bytes [int]
Compaction: id text, object =response.compaction, output [Item], created_at int, usage Usage
Event.response.created: response Response
Event.response.queued: response Response
Event.response.in_progress: response Response
Event.response.completed: response Response
Event.response.failed: response Response
Event.response.incomplete: response Response
Event.response.output_item.added: output_index int, item Item
Event.response.output_item.done: output_index int, item Item
Event.response.content_part.added: @content_index, part Part
Event.response.content_part.done: @content_index, part Part
Event.response.output_text.delta: @content_index, delta text, ~logprobs [Logprob],
  ~obfuscation text
Event.response.output_text.done: @content_index, text text, ~logprobs [Logprob]
Event.response.output_text.annotation.added: @content_index, annotation_index int,
  annotation Annotation
Event.response.refusal.delta: @content_index, delta text
Event.response.refusal.done: @content_index, refusal text
Event.response.reasoning_text.delta: @content_index, delta text, ~obfuscation text
Event.response.reasoning_text.done: @content_index, text text
Event.response.reasoning_summary_part.added: @summary_index, part Part
Event.response.reasoning_summary_part.done: @summary_index, part Part
Event.response.reasoning_summary_text.delta: @summary_index, delta text, ~obfuscation text
Event.response.reasoning_summary_text.done: @summary_index, text text
Event.response.function_call_arguments.delta: @, delta text, ~obfuscation text
Event.response.function_call_arguments.done: @, arguments text, +name text
Event.response.file_search_call.in_progress: @
Event.response.file_search_call.searching: @
Event.response.file_search_call.completed: @
"""
"""In an event "@" stands for `item_id` and `output_index`, and the index that follows it; all have
`type` and `sequence_number`. The specification calls `reasoning_text` events `reasoning`, and knows
no search of files: those are OpenAI's."""

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "text": (str,),
    "int": (int,),
    "number": (int, float),
    "bool": (bool,),
    "object": (dict,),
}


def _read_fields(name: str, described: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for field in " ".join(described.split()).split(", "):
        if field.startswith("@"):
            places = ("item_id text", "output_index int", f"{field[1:]} int" if field[1:] else "")
            fields |= dict(place.split() for place in places if place)
        else:
            called, kind = field.split()
            fields[called] = kind
    common = {"type": "text", "sequence_number": "int"} if name.startswith("Event.") else {}
    return common | fields


def _read_table(table: str) -> dict[str, dict[str, str]]:
    lines = table.strip().replace("\n  ", " ").splitlines()
    named = dict(line.split(": ", 1) for line in lines)
    return {name: _read_fields(name, described) for name, described in named.items()}


OBJECTS: Final = _read_table(_OBJECTS)
"""What each object's fields hold, by the names of both."""

EVENTS: Final = {name.removeprefix("Event.") for name in OBJECTS if name.startswith("Event.")}
"""Every type of event, but for "error"."""


def find_flaws(value: Any, kind: str, where: str = "") -> list[str]:
    """What keeps `value` from being of `kind`, each with its place."""
    where = where or kind
    if kind.endswith("?"):
        return [] if value is None else find_flaws(value, kind[:-1], where)
    if kind.startswith("["):
        return _find_list_flaws(value, kind[1:-1], where)
    if kind == "Choice" and isinstance(value, str):
        return find_flaws(value, "=none|auto|required", where)
    if kind == "Output":
        return find_flaws(value, "text" if isinstance(value, str) else "[Part]", where)
    if kind.startswith("="):
        fits = value in kind[1:].split("|")
    elif kind in _TYPES:
        fits = isinstance(value, _TYPES[kind]) and isinstance(value, bool) == (kind == "bool")
    else:
        return _find_object_flaws(value, kind, where)
    return [] if fits else [f"{where} is {value!r}, not {kind}"]


def _find_list_flaws(value: Any, kind: str, where: str) -> list[str]:
    if not isinstance(value, list):
        return [f"{where} is no list"]
    flaws = (find_flaws(one, kind, f"{where}[{number}]") for number, one in enumerate(value))
    return list(chain.from_iterable(flaws))


def _find_object_flaws(value: Any, kind: str, where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where} is no object"]
    name = kind if kind in OBJECTS else f"{kind}.{value.get('type')}"
    if name not in OBJECTS:
        return [f"{where} is a {name}, which is unknown"]
    fields = OBJECTS[name]
    known = {field.lstrip("~+"): kind for field, kind in fields.items()}
    missing = [field for field in fields if field[0] not in "~+" and field not in value]
    strange = value.keys() - known.keys()
    flaws = [f"{where} has no {field}" for field in missing]
    flaws += [f"{where} has {field}, which is unknown" for field in sorted(strange)]
    for field in value.keys() & known.keys():
        flaws += find_flaws(value[field], known[field], f"{where}.{field}")
    return flaws


def find_disorder(events: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is wrong with the order of a whole stream, its numbers and what the pieces add up to."""
    flaws = []
    numbers = [event["sequence_number"] for event in events]
    if numbers != list(range(len(events))):
        flaws.append(f"numbered {numbers}")
    kinds = [event["type"].removeprefix("response.") for event in events]
    begun = ["created", "in_progress"]
    if [kind for kind in kinds[:3] if kind != "queued"][:2] != begun:
        flaws.append(f"begins with {kinds[:3]}")
    final = events[-1].get("response", {"status": "", "output": []})
    if kinds[-1] != final["status"]:
        flaws.append(f"ends with {kinds[-1]} around {final['status']}")
    stream = _Items()
    for event in events:
        stream.take(event)
    if final["status"] != "failed" and stream.done != final["output"]:
        flaws.append("the items that are done are not the output")
    return flaws + stream.flaws


class _Items:
    """The items of a stream as they begin, grow and are done."""

    def __init__(self) -> None:
        self.flaws: list[str] = []
        self.done: list[Any] = []
        self._item: Mapping[str, Any] | None = None
        self._texts: dict[tuple[str, int], str] = {}
        self._open: set[tuple[str, int]] = set()
        self._told: set[tuple[str, int]] = set()

    def take(self, event: Mapping[str, Any]) -> None:
        """Follow one event."""
        kind = event["type"].removeprefix("response.")
        if "output_index" not in event:
            return
        self._expect(event["output_index"] == len(self.done), f"{kind} has another output_index")
        if kind == "output_item.added":
            self._begin(event["item"])
        elif kind == "output_item.done":
            self._end(event["item"])
        else:
            self._expect(self._item is not None, f"{kind} outside of an item")
            known = self._item or {}
            self._expect(event["item_id"] == known.get("id"), f"{kind} has another item_id")
            self._grow(kind, event)

    def _expect(self, fact: object, otherwise: str) -> None:
        if not fact:
            self.flaws.append(otherwise)

    def _begin(self, item: Mapping[str, Any]) -> None:
        self._expect(self._item is None, "an item begins inside of another")
        self._expect(item.get("status", "in_progress") == "in_progress", "an item begins done")
        self._item, self._open, self._told = item, set(), set()
        self._texts = {("", 0): ""} if item["type"] == "function_call" else {}

    def _end(self, item: Mapping[str, Any]) -> None:
        self._expect(not self._open, "an item is done before its parts")
        self._expect(self._texts == _list_texts(item), "the pieces are not the item")
        self._expect(self._told == self._texts.keys(), "a text is not told whole")
        self.done.append(item)
        self._item = None

    def _grow(self, kind: str, event: Mapping[str, Any]) -> None:
        field = next((name for name in ("content", "summary") if f"{name}_index" in event), "")
        place = (field, event.get(f"{field}_index", 0))
        if kind.endswith("part.added"):
            count = sum(1 for known in self._texts if known[0] == field)
            self._expect(place[1] == count, "a part has another index")
            self._expect(_find_text(event["part"]) == "", "a part begins with a text")
            self._texts[place] = ""
            self._open.add(place)
        elif kind.endswith(".delta"):
            self._expect(not field or place in self._open, f"{kind} outside of a part")
            self._texts[place] = self._texts.get(place, "") + event["delta"]
        elif kind.endswith("part.done"):
            self._expect(_find_text(event["part"]) == self._texts.get(place), f"{kind} says more")
            self._open.discard(place)
        elif kind.endswith(".done"):
            self._expect(_find_text(event) == self._texts.get(place), f"{kind} says more")
            self._told.add(place)


def _find_text(said: Mapping[str, Any]) -> Any:
    return next((said[name] for name in ("text", "refusal", "arguments") if name in said), None)


def _list_texts(item: Mapping[str, Any]) -> dict[tuple[str, int], str]:
    texts = {
        (field, number): _find_text(part)
        for field in ("content", "summary")
        for number, part in enumerate(item.get(field, ()))
    }
    return texts | ({("", 0): item["arguments"]} if item["type"] == "function_call" else {})
