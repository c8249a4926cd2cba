"""Pictures and texts that go along with a prompt."""

from __future__ import annotations

import base64
import io
import os
from pathlib import Path

import pandas as pd
import pytest

from ocigenai_nb.chat.attachments import read_attachment, read_attachments
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.messages import Image, Part, Text

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PICTURES = {
    "image/png": PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0" + bytes(20),
    "image/gif": b"GIF89a" + bytes(20),
    "image/webp": b"RIFF\x10\0\0\0WEBPVP8 " + bytes(20),
}
SECRET = "what-the-file-holds"


def read_text(thing: object) -> str:
    (part,) = read_attachment(thing)
    assert isinstance(part, Text)
    return part.text


def refuse(thing: object) -> str:
    with pytest.raises(UsageError) as raised:
        read_attachment(thing)
    assert "can be attached." in raised.value.remedy
    assert SECRET not in str(raised.value)
    return raised.value.message


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_is_known_by_its_bytes_whatever_its_name(folder: Path, kind: str) -> None:
    (folder / "notes.txt").write_bytes(PICTURES[kind])
    picture = Image.from_bytes(PICTURES[kind], kind)
    for thing in ("notes.txt", folder / "notes.txt", PICTURES[kind], bytearray(PICTURES[kind])):
        assert read_attachment(thing) == (picture,)


def test_a_text_goes_along_under_its_name_without_its_folder(folder: Path) -> None:
    path = folder / "Figures.CSV"
    path.write_text("a,b\n1,2\n")
    assert read_text(path) == "\n\nFigures.CSV:\n\n```csv\na,b\n1,2\n```\n"
    assert str(folder) not in read_text(str(path))


def test_the_fence_is_longer_than_any_in_the_text(folder: Path) -> None:
    (folder / "a.md").write_text("```py\nx\n```\n`````\ny")
    assert read_text("a.md") == ("\n\na.md:\n\n``````md\n```py\nx\n```\n`````\ny\n``````\n")


def test_a_byte_order_mark_is_not_part_of_the_text(folder: Path) -> None:
    (folder / "a.json").write_bytes(b"\xef\xbb\xbf{}")
    assert read_text("a.json") == "\n\na.json:\n\n```json\n{}\n```\n"


def test_a_files_name_cannot_break_out_of_its_line(folder: Path) -> None:
    (folder / "a\n# b").write_text("x")
    assert read_text("a\n# b") == "\n\na # b:\n\n```\nx\n```\n"


def test_a_tilde_is_the_home_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    (folder / "a.py").write_text("x = 1")
    assert "x = 1" in read_text("~/a.py")
    assert refuse("~nobody-of-that-name/a.py") == "'~nobody-of-that-name/a.py' is not there."


@pytest.mark.parametrize(
    "address",
    ["https://example.com/a.png?x=1", f"data:image/png;base64,{base64.b64encode(PNG).decode()}"],
)
def test_an_address_of_an_image_goes_along_unread(address: str) -> None:
    assert read_attachment(address) == (Image(address),)


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/a.png",
        "file:///etc/hostname",
        "s3://bucket/a.png",
        "data:text/html;base64,PGI+",
        "data:image/svg+xml;base64,PGI+",
        "data:image/png;base64,not-base64!",
    ],
)
def test_an_address_of_anything_else_is_refused(address: str) -> None:
    scheme = address.partition(":")[0]
    assert refuse(address) == f"This {scheme}: address is not one of an image that can be attached."


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty."),
        (b" \n\n", "is empty."),
        (b"%PDF-1.7\nwhat-the-file-holds", "is neither a text in UTF-8 nor an image"),
        (b"what-the-file-holds\xff\xfe", "is neither a text in UTF-8 nor an image"),
        (b"what-the-file-holds\0", "is neither a text in UTF-8 nor an image"),
        ("what-the-file-holds".encode("utf-16"), "is neither a text in UTF-8 nor an image"),
        (b"x" * 1_000_001, "is larger than 1 MB"),
        ("€".encode() * 333_334, "is larger than 1 MB"),  # a megabyte ends within a character
        (PNG + bytes(20_000_000), "is larger than 20 MB."),
        (b"x" + bytes(20_000_000), "is neither a text in UTF-8 nor an image"),
    ],
)
def test_a_file_that_cannot_go_along_is_refused_without_its_content(
    folder: Path, content: bytes, why: str
) -> None:
    (folder / "a.bin").write_bytes(content)
    message = refuse("a.bin")
    assert "a.bin" in message
    assert why in message


def test_the_largest_text_goes_along(folder: Path) -> None:
    (folder / "a.txt").write_bytes(b"x" * 1_000_000)
    assert len(read_text("a.txt")) > 1_000_000


def test_what_is_no_file_is_refused(folder: Path) -> None:
    os.mkfifo(folder / "pipe")  # reading it would wait for ever
    assert refuse("pipe") == "'pipe' is no ordinary file."
    assert refuse("/dev/zero") == "'/dev/zero' is no ordinary file."
    assert refuse("missing.csv") == "'missing.csv' is not there."
    assert refuse("a\0b") == r"'a\x00b' is not there."
    assert refuse(folder) == f"{str(folder)!r} is a folder; name the files in it."
    assert refuse("x" * 5000).endswith("can't be read: File name too long.")


class Drawn:
    """Draws itself as a notebook asks for it."""

    def __init__(self, picture: object) -> None:
        self.picture = picture

    def _repr_png_(self) -> object:
        return self.picture


class Figure:
    """Saves itself as matplotlib's figures do."""

    def savefig(self, file: io.BytesIO, *, format: str) -> None:  # noqa: A002 (matplotlib's)
        assert format == "png"
        file.write(PNG)


@pytest.mark.parametrize(
    "thing",
    [
        Image.from_bytes(PNG, "image/png"),
        Drawn(PNG),
        Drawn((PNG, {"width": 1})),
        Drawn(base64.b64encode(PNG).decode()),
        Figure(),
    ],
    ids=["Image", "bytes", "with metadata", "base64", "figure"],
)
def test_a_thing_that_draws_itself_is_a_picture(thing: object) -> None:
    assert read_attachment(thing) == (Image.from_bytes(PNG, "image/png"),)


def test_a_drawing_that_fails_is_refused_with_its_kind() -> None:
    class Broken:
        def savefig(self, _file: object, **_options: object) -> None:
            raise MemoryError(SECRET)

    assert refuse(Broken()) == "attachment can't be drawn: MemoryError was raised."


@pytest.mark.parametrize("thing", [Drawn(None), Drawn("<svg>"), Drawn(()), 7, None, {"a": 1}])
def test_a_thing_without_a_picture_is_refused(thing: object) -> None:
    kind = type(thing).__name__
    assert refuse(thing) in {
        f"attachment is a {kind}, which can't be attached.",
        "attachment can't be drawn: Error was raised.",
    }


def test_a_table_goes_along_as_csv() -> None:
    frame = pd.DataFrame({"city": ["Ulm"], "people": [126_000]})
    assert read_text(frame) == ("\n\nattachment.csv:\n\n```csv\ncity,people\nUlm,126000\n```\n")
    assert "city,value\nUlm,7\n" in read_text(pd.Series([7], index=pd.Index(["Ulm"], name="city")))


def test_a_table_that_is_too_large_is_refused_before_it_is_written() -> None:
    class Never(pd.DataFrame):
        def to_csv(self, *_args: object, **_options: object) -> str:  # type: ignore[override]
            raise AssertionError("was written")

    assert refuse(Never({"n": range(1_000_001)})).startswith("attachment is larger than 1 MB")


def test_words_name_files_and_variables(folder: Path) -> None:
    (folder / "a.txt").write_text("one")
    names: dict[str, object] = {"notes": "two", "row": {"x": PNG}, "file": folder / "a.txt"}
    parts: tuple[Part, ...] = read_attachments(
        ["a.txt", "{{notes}}", "{{ row['x'] }}", "{{file}}"], names
    )
    one = Text("\n\na.txt:\n\n```txt\none\n```\n")
    two = Text("\n\nnotes:\n\n```\ntwo\n```\n")
    assert parts == (one, two, Image.from_bytes(PNG, "image/png"), one)


def test_what_a_text_variable_holds_never_names_a_file(folder: Path) -> None:
    path = folder / "key.pem"
    path.write_text(SECRET)
    (part,) = read_attachments(["{{found}}"], {"found": str(path)})
    assert isinstance(part, Text)
    assert SECRET not in part.text
    assert str(path) in part.text


def test_a_variable_that_is_not_there_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"there is no variable 'plto'\. Did you mean 'plot'\?"):
        read_attachments(["{{plto}}"], {"plot": PNG})
