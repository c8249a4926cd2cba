"""What an exported program prints answers with: a function for each format, whole and streamed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Printer:
    """A function's `name` and source; `calls` are the lines that print tool calls.

    One of a response returns the response's id and, where tools were offered, those of its calls.
    """

    name: str
    source: str
    calls: str = ""

    def write(self, *, tools: bool) -> str:
        """The function, printing tool calls only where tools were offered."""
        lines = self.calls.strip("\n") + "\n" if self.calls else ""
        source = self.source
        for mark, text in {"{calls}\n": lines, **_KEPT}.items():
            source = source.replace(mark, text if tools else "")
        return source.strip()


_KEPT = {
    "{begin}\n": "    calls = []\n",
    "{and_calls}": ", calls",
    "{and_theirs}": " and those of its calls",
}


_CHUNKS = Printer(
    "show_chunks",
    '''
def show_chunks(chunks):
    """Print a streamed answer as it comes."""
    for chunk in chunks:
        for choice in chunk.choices:
            print(choice.delta.content or "", end="", flush=True)
{calls}
    print()
''',
    """
            for call in choice.delta.tool_calls or []:
                called = call.function
                print(called.name or "", called.arguments or "", sep="", end="")
""",
)

_COMPLETION = Printer(
    "show_completion",
    '''
def show_completion(completion):
    """Print a whole answer."""
    message = completion.choices[0].message
    print(message.content or "")
{calls}
''',
    """
    for call in message.tool_calls or []:
        print(call.function.name, call.function.arguments)
""",
)

_EVENTS = Printer(
    "show_events",
    '''
def show_events(events):
    """Print a streamed response as it comes, and return its id{and_theirs}."""
    response_id = None
{begin}
    for event in events:
        if event.type == "response.created":
            response_id = event.response.id
        elif event.type == "response.output_text.delta":
            print(event.delta, end="", flush=True)
        elif event.type in ("response.failed", "error"):
            raise RuntimeError(event)
{calls}
    print()
    return response_id{and_calls}
''',
    """
        elif event.type == "response.output_item.done":
            called = event.item.type == "function_call"
            print(f"{event.item.name} {event.item.arguments}" if called else "")
            calls += [event.item.call_id] if called else []
""",
)

_RESPONSE = Printer(
    "show_response",
    '''
def show_response(response):
    """Print a whole response, and return its id{and_theirs}."""
    print(response.output_text)
{begin}
{calls}
    return response.id{and_calls}
''',
    """
    for item in response.output:
        if item.type == "function_call":
            print(item.name, item.arguments)
            calls.append(item.call_id)
""",
)

_MESSAGES = Printer(
    "show_native_events",
    '''
def show_native_events(response):
    """Print a streamed answer as it comes."""
    for event in response.data.events():
        if event.data == "[DONE]":
            break
        message = json.loads(event.data).get("message") or {}
        for part in message.get("content") or []:
            print(part.get("text") or "", end="", flush=True)
{calls}
    print()
''',
    """
        for call in message.get("toolCalls") or []:
            print(json.dumps(call))
""",
)

_CHOICE = Printer(
    "show_native",
    '''
def show_native(response):
    """Print a whole answer."""
    message = response.data.chat_response.choices[0].message
    for part in message.content or []:
        print(getattr(part, "text", None) or "", end="")
    print()
{calls}
''',
    """
    for call in message.tool_calls or []:
        print(call.name, call.arguments)
""",
)

_COHERE_EVENTS = Printer(
    "show_cohere_events",
    '''
def show_cohere_events(response):
    """Print a streamed answer as it comes."""
    for event in response.data.events():
        data = json.loads(event.data)
        last = data.get("finishReason") or data.get("chatHistory")
        if not last and not data.get("toolCalls"):  # these repeat the whole text
            print(data.get("text") or "", end="", flush=True)
{calls}
    print()
''',
    """
        for call in (last and data.get("toolCalls")) or []:
            print()
            print(call["name"], json.dumps(call["parameters"]))
""",
)

_COHERE = Printer(
    "show_cohere",
    '''
def show_cohere(response):
    """Print a whole answer."""
    answer = response.data.chat_response
    print(answer.text)
{calls}
''',
    """
    for call in answer.tool_calls or []:
        print(call.name, call.parameters)
""",
)

_COHERE_MESSAGES = Printer(
    "show_cohere_v2_events",
    '''
def show_cohere_v2_events(response):
    """Print a streamed answer as it comes."""
    for event in response.data.events():
        data = json.loads(event.data)
        message = data.get("message") or {}
        if not data.get("finishReason"):  # the last event may repeat the whole text
            for part in message.get("content") or []:
                print(part.get("text") or "", end="", flush=True)
{calls}
    print()
''',
    """
        for call in message.get("toolCalls") or []:
            print(json.dumps(call))
""",
)

_COHERE_MESSAGE = Printer(
    "show_cohere_v2",
    '''
def show_cohere_v2(response):
    """Print a whole answer."""
    message = response.data.chat_response.message
    for part in message.content or []:
        print(getattr(part, "text", None) or "", end="")
    print()
{calls}
''',
    """
    for call in message.tool_calls or []:
        print(call)
""",
)

# By format, and whether the answer is streamed.
PRINTERS = {
    ("v1", True): _CHUNKS,
    ("v1", False): _COMPLETION,
    ("responses", True): _EVENTS,
    ("responses", False): _RESPONSE,
    ("GENERIC", True): _MESSAGES,
    ("GENERIC", False): _CHOICE,
    ("COHERE", True): _COHERE_EVENTS,
    ("COHERE", False): _COHERE,
    ("COHEREV2", True): _COHERE_MESSAGES,
    ("COHEREV2", False): _COHERE_MESSAGE,
}
