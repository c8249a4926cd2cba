"""A hundred prompts as strangers' tests have them, and what the script answers."""

from __future__ import annotations

import base64
import json
import struct
import time
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.emulator.brain import Question, Turn, think
from ocigenai_nb.emulator.brain.pictures import look_at


def write_png(
    width: int, height: int, pixel: bytes, *, kind: int = 2, palette: bytes = b"", method: int = 0
) -> str:
    """The data URL of an image of one color; `method` is how its rows are filtered."""
    later = bytes(len(pixel)) if method == 1 else pixel  # of the pixels after the first of a row
    row = bytes([method]) + pixel + later * (width - 1)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)),
        *([(b"PLTE", palette)] if palette else []),
        (b"IDAT", zlib.compress(row * height)),
        (b"IEND", b""),
    ]
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + name + content + b"\0\0\0\0" for name, content in chunks
    )
    return write_url(data, "png")


def write_url(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


JPEG = write_url(
    b"\xff\xd8\xff\xe0\x00\x04JF\xff\xc0\x00\x0b\x08\x00\x20\x00\x40\x01\x01\x11\x00", "jpeg"
)
GIF = write_url(b"GIF89a\x05\x00\x07\x00\x00\x00\x00", "gif")
WEBP = write_url(b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x1f\0\0\x0f\0\0", "webp")

SAID = {
    "Say hello": "Hello!",
    "Please say hello.": "Hello!",
    "Say 'test'": "test",
    'Say "hello world"': "hello world",
    "Just say 'OK'": "OK",
    "say hello world": "hello world",
    "Say the word banana.": "banana",
    "Reply with the word pong": "pong",
    "Reply with exactly: PONG": "PONG",
    "Respond with only the word OK": "OK",
    "Answer with just the word yes": "yes",
    "Reply with 'hello world' and nothing else": "hello world",
    "Respond with: hello": "hello",
    "Write the word apple": "apple",
    "Reply with pong": "pong",
    "Answer only yes": "yes",
    "Say exactly: a  b": "a  b",
    "Repeat the word banana": "banana",
    "Repeat after me: the quick fox": "the quick fox",
    "Please repeat this phrase: to be or not": "to be or not",
    "Echo this: hi there": "hi there",
    "repeat the word tea 3 times": "tea tea tea",
    "How are you?": "I am a script, so I am always the same. How can I help?",
}
COUNTED = {
    "Count to five": "1 2 3 4 5",
    "Count to 3": "1 2 3",
    "Count from one to five": "1 2 3 4 5",
    "Count from 2 to 4, please": "2 3 4",
    "count backwards from 5 to 1": "5 4 3 2 1",
    "Count down from 3": "3 2 1",
    "How many words are in: a b c d": "There are 4 words in “a b c d”.",
    "What is 2+2?": "2+2 = 4",
    "What is 2 + 2? Answer with just the number.": "4",
    "what's 5 times 6?": "5 * 6 = 30",
    "What is the sum of 3 and 4?": "3 + 4 = 7",
    "Add 3 and 4": "3 + 4 = 7",
    "Name three colors": "- Red\n- Orange\n- Yellow",
    "list 2 animals": "- Cat\n- Dog",
}
TRANSLATED = {
    "Translate to French: hello": "“bonjour”",
    "Translate the following to German: thank you": "“danke”",
    "Translate 'cat' into German": "“Katze”",
    "Translate hello to Spanish": "“hola”",
    "What is 'dog' in French?": "“chien”",
    "What's the French word for water?": "“eau”",
    "What is the Spanish translation of 'house'?": "“casa”",
    "How do you say good night in Spanish?": "“buenas noches”",
    "Say hello in French": "“bonjour”",
    "Translate 'book' to German.": "“Buch”",
    "Translate this list to French: yes, no": "- oui\n- non",
}
EXTRACTED = {
    "Extract the email: write to ada@example.com today": "ada@example.com",
    "Extract the email address from this text: Mail bob.b@x.co.uk!": "bob.b@x.co.uk",
    "Extract the name and age: Bob is 42 years old.": "name: Bob\nage: 42",
    "Extract the phone number from: call 555-123-4567 now": "555-123-4567",
    "extract the date from 'meet on 2026-05-01'": "2026-05-01",
    "Extract the date: it was on 3 March 2025.": "3 March 2025",
    "Extract the city from: I live in Paris.": "Paris",
    "Extract the url from: see https://example.com/a?b=c.": "https://example.com/a?b=c",
    "Extract the price: the book costs $12.50.": "$12.50",
    "Find the number in the text: there are 7 cats": "7",
    "Extract name, city and email: Ada lives in London, ada@x.org":
        "name: Ada\ncity: London\nemail: ada@x.org",
    "Extract name and phone: only Bob": "name: Bob\nphone: not given",
}  # fmt: skip
REMEMBERED = [
    ("My name is Ada.", "What is my name?", "Your name is Ada."),
    ("Hi! I'm Bob.", "Do you remember my name?", "Your name is Bob."),
    ("My name is Grace Hopper.", "who am I?", "Your name is Grace Hopper."),
    ("Please call me Max", "What's my name?", "Your name is Max."),
    ("My favorite color is blue.", "What is my favorite color?", "Your favorite color is blue."),
    ("My dog is Rex.", "what is my dog called?", "Your dog is Rex."),
    ("My city is Oslo, remember it.", "What is my city?", "Your city is Oslo."),
    ("My favourite number is 42", "tell me my favorite number", "Your favorite number is 42."),
    ("The code is 7.", "What did I just say?", "You said: “The code is 7.”"),
]


def write_function(name: str, about: str, **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"name": name, "description": about, "parameters": schema}


TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
TOOLS = [
    write_function("get_weather", "Get the current weather in a city", city=TEXT),
    write_function("get_time", "Current time in a place", place=TEXT),
    write_function("calculate", "Evaluate an arithmetic expression", expression=TEXT),
    write_function("search_documents", "Search the company documents", query=TEXT),
    write_function("multiply", "Multiply two numbers", a=WHOLE, b=WHOLE),
]
CALLED: list[tuple[str, str, dict[str, Any]]] = [
    ("What's the weather in Paris?", "get_weather", {"city": "Paris"}),
    ("weather for San Francisco", "get_weather", {"city": "San Francisco"}),
    ("What time is it in Tokyo?", "get_time", {"place": "Tokyo"}),
    ("Tell me the current time in New York", "get_time", {"place": "New York"}),
    ("What is 12 * 12?", "calculate", {"expression": "12 * 12"}),
    ("Compute 3 + 4 * 5", "calculate", {"expression": "3 + 4 * 5"}),
    ("Multiply the numbers 6 and 7", "multiply", {"a": 6, "b": 7}),
    ("Search the documents for “vacation policy”", "search_documents",
     {"query": "vacation policy"}),
]  # fmt: skip
FILLED: list[tuple[dict[str, Any], str, Any]] = [
    ({"name": TEXT, "age": WHOLE}, "Ada is 36.", {"name": "Ada", "age": 36}),
    ({"city": TEXT}, "I moved to Oslo.", {"city": "Oslo"}),
    ({"n": WHOLE, "x": {"type": "number"}}, "I have 3 at 2.5 each", {"n": 3, "x": 2.5}),
    ({"mood": {"enum": ["sad", "happy"]}}, "I am so happy!", {"mood": "happy"}),
    ({"ok": {"type": "boolean"}}, "It works", {"ok": True}),
    ({"ok": {"type": "boolean"}}, "It does not work", {"ok": False}),
    ({"answer": TEXT}, "What is the capital of France?",
     {"answer": "The capital of France is Paris."}),
    ({"names": {"type": "array", "items": TEXT, "minItems": 2}}, "Ask Ada and then Bob",
     {"names": ["Ada", "Bob"]}),
    ({"kind": {"const": "x"}}, "anything", {"kind": "x"}),
    ({"a": {"type": "object", "properties": {"n": WHOLE}}}, "4", {"a": {"n": 4}}),
]  # fmt: skip
DESCRIBED = [
    ("What is in this image?", write_png(4, 3, b"\xff\0\0"),
     "The image is a PNG of 4 x 3 pixels; it is mostly red."),
    ("Describe the image.", write_png(64, 64, b"\0\0\xff"),
     "The image is a PNG of 64 x 64 pixels; it is mostly blue."),
    ("What color is this?", write_png(2, 2, b"\0\xc0\0\xff", kind=6),
     "The image is a PNG of 2 x 2 pixels; it is mostly green."),
    ("How wide is it?", write_png(9, 1, b"\x80", kind=0),
     "The image is a PNG of 9 x 1 pixels; it is mostly gray."),
    ("", write_png(1, 1, b"\0", kind=3, palette=b"\xff\xff\0"),
     "The image is a PNG of 1 x 1 pixels; it is mostly yellow."),
    ("Describe this", write_png(2, 2, b"\0\0\0\0", kind=6),
     "The image is a PNG of 2 x 2 pixels; it is mostly transparent."),
    ("Which color?", write_png(900, 900, b"\xff\xff\xff"),
     "The image is a PNG of 900 x 900 pixels; its upper part is mostly white."),
    ("What do you see?", JPEG, "The image is a JPEG of 64 x 32 pixels; I can't read its colors."),
    ("What size is it?", GIF, "The image is a GIF of 5 x 7 pixels; I can't read its colors."),
    ("What size is it?", WEBP, "The image is a WebP of 32 x 16 pixels; I can't read its colors."),
    ("What is this?", "https://example.com/cat.png",
     "The image is at an address that I don't open, so I can't see it."),
    ("What is this?", write_url(b"nothing", "png"), "The image is in a format that I can't read."),
    ("Say hello", JPEG, "Hello!"),
]  # fmt: skip
ANSWERED = SAID | COUNTED | TRANSLATED | EXTRACTED


def ask(prompt: str, *earlier: Turn, images: tuple[str, ...] = (), **options: Any) -> str:
    turns = (*earlier, Turn("user", prompt, images=images))
    return think(Question("some.model", turns, **options)).text


def test_the_table_has_a_hundred_prompts() -> None:
    tables: list[Any] = [ANSWERED, REMEMBERED, CALLED, FILLED, DESCRIBED]
    assert sum(map(len, tables)) >= 100


@pytest.mark.parametrize("prompt", ANSWERED)
def test_a_short_instruction_is_followed(prompt: str) -> None:
    assert ask(prompt) == ANSWERED[prompt]


@pytest.mark.parametrize(("told", "asked", "answer"), REMEMBERED)
def test_what_was_told_is_remembered(told: str, asked: str, answer: str) -> None:
    assert ask(asked, Turn("user", told), Turn("assistant", "All right.")) == answer


@pytest.mark.parametrize(("prompt", "name", "arguments"), CALLED)
def test_the_tool_that_fits_is_called(prompt: str, name: str, arguments: dict[str, Any]) -> None:
    [use] = think(Question("some.model", [Turn("user", prompt)], tools=TOOLS)).calls
    assert (use.name, use.arguments) == (name, arguments)


@pytest.mark.parametrize(("properties", "prompt", "value"), FILLED)
def test_a_schema_is_filled(properties: dict[str, Any], prompt: str, value: Any) -> None:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    assert json.loads(ask(prompt, schema=schema)) == value


@pytest.mark.parametrize(("prompt", "url", "answer"), DESCRIBED)
def test_an_image_is_described(prompt: str, url: str, answer: str) -> None:
    assert ask(prompt, images=(url,)) == answer


def test_several_images_are_described_one_by_one() -> None:
    images = (write_png(1, 1, b"\0\0\0"), "https://example.com")
    assert ask("Describe the images", images=images) == (
        "Image 1 is a PNG of 1 x 1 pixels; it is mostly black. "
        "Image 2 is at an address that I don't open, so I can't see it."
    )


def test_filtered_rows_are_read() -> None:
    picture = look_at(write_png(5, 1, b"\xff\0\0", method=1))
    assert picture is not None
    assert picture.color == "red"


@given(
    st.binary(max_size=100),
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFFxxxxWEBP", b""]),
)
def test_no_image_breaks_the_reading(data: bytes, head: bytes) -> None:
    look_at(write_url(head + data, "png"))


@pytest.mark.parametrize(
    "prompt",
    [
        "Write a poem about rain",
        "Answer the question",
        "Say something nice",
        "Repeat that",
        "Answer in one sentence",
        "Write about cats",
    ],
)
def test_an_order_that_names_no_words_is_not_taken_for_one_that_does(prompt: str) -> None:
    assert ask(prompt).startswith("This is the emulator's script speaking")


@pytest.mark.parametrize("prompt", ["1" * 100_000, "extract price: " + "1" * 100_000, "(" * 50_000])
def test_a_long_prompt_is_answered_soon(prompt: str) -> None:
    began = time.process_time()
    assert ask(prompt)
    assert time.process_time() - began < 5
