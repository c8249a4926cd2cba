"""What the script knows, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

NUMBER_WORDS: Final = tuple(
    "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
)
"""Each at the place of its number."""

PLANETS: Final[Mapping[str, int]] = {
    "Mercury": 4879,
    "Venus": 12104,
    "Earth": 12756,
    "Mars": 6792,
    "Jupiter": 142984,
    "Saturn": 120536,
    "Uranus": 51118,
    "Neptune": 49528,
}
"""Equatorial diameters in kilometers (NASA planetary fact sheet)."""

LISTS: Final[Mapping[str, tuple[str, ...]]] = {
    "primary color": ("Red", "Yellow", "Blue"),
    "color": ("Red", "Orange", "Yellow", "Green", "Blue", "Indigo", "Violet"),
    "planet": tuple(PLANETS),
    "continent": (
        "Africa",
        "Antarctica",
        "Asia",
        "Europe",
        "North America",
        "Oceania",
        "South America",
    ),
    "ocean": ("Pacific", "Atlantic", "Indian", "Southern", "Arctic"),
    "season": ("Spring", "Summer", "Autumn", "Winter"),
    "fruit": ("Apple", "Banana", "Cherry", "Fig", "Grape", "Mango", "Orange", "Pear"),
    "programming language": ("Python", "Java", "C", "Rust", "Go", "JavaScript", "SQL"),
    "days of the week": (
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ),
    "animal": ("Cat", "Dog", "Horse", "Lion", "Owl", "Whale"),
    "weekday": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
}

CAPITALS: Final[Mapping[str, str]] = {
    "france": "Paris",
    "germany": "Berlin",
    "spain": "Madrid",
    "italy": "Rome",
    "japan": "Tokyo",
    "brazil": "Brasília",
    "india": "New Delhi",
    "canada": "Ottawa",
    "united states": "Washington, D.C.",
    "united kingdom": "London",
}

_FROM_ENGLISH: Final[Mapping[str, Mapping[str, str]]] = {
    "french": {
        "hello": "bonjour",
        "good morning": "bonjour",
        "thank you": "merci",
        "goodbye": "au revoir",
        "please": "s'il vous plaît",
        "water": "eau",
        "cat": "chat",
        "i love you": "je t'aime",
        "dog": "chien",
        "house": "maison",
        "book": "livre",
        "yes": "oui",
        "no": "non",
        "red": "rouge",
        "good night": "bonne nuit",
    },
    "spanish": {
        "hello": "hola",
        "good morning": "buenos días",
        "thank you": "gracias",
        "goodbye": "adiós",
        "please": "por favor",
        "water": "agua",
        "cat": "gato",
        "i love you": "te quiero",
        "dog": "perro",
        "house": "casa",
        "book": "libro",
        "yes": "sí",
        "no": "no",
        "red": "rojo",
        "good night": "buenas noches",
    },
    "german": {
        "hello": "hallo",
        "good morning": "guten Morgen",
        "thank you": "danke",
        "goodbye": "auf Wiedersehen",
        "please": "bitte",
        "water": "Wasser",
        "cat": "Katze",
        "i love you": "ich liebe dich",
        "dog": "Hund",
        "house": "Haus",
        "book": "Buch",
        "yes": "ja",
        "no": "nein",
        "red": "rot",
        "good night": "gute Nacht",
    },
    "italian": {
        "hello": "ciao",
        "good morning": "buongiorno",
        "thank you": "grazie",
        "goodbye": "arrivederci",
        "please": "per favore",
        "water": "acqua",
        "cat": "gatto",
        "i love you": "ti amo",
        "dog": "cane",
        "house": "casa",
        "book": "libro",
        "yes": "sì",
        "no": "no",
        "red": "rosso",
        "good night": "buonanotte",
    },
}
PHRASES: Final[Mapping[str, Mapping[str, str]]] = {
    **_FROM_ENGLISH,
    "english": {
        foreign.lower(): phrase
        for phrases in _FROM_ENGLISH.values()
        for phrase, foreign in reversed(list(phrases.items()))
    },
}
"""By the language that they are translated to."""

CODE: Final[Mapping[str, str]] = {
    "revers string": "def reverse(text: str) -> str:\n    return text[::-1]\n",
    "palindrome": "def is_palindrome(text: str) -> bool:\n    return text == text[::-1]\n",
    "fibonacci": (
        "def fibonacci(n: int) -> int:\n"
        "    a, b = 0, 1\n"
        "    for _ in range(n):\n"
        "        a, b = b, a + b\n"
        "    return a\n"
    ),
    "factorial": (
        "def factorial(n: int) -> int:\n"
        "    product = 1\n"
        "    for factor in range(2, n + 1):\n"
        "        product *= factor\n"
        "    return product\n"
    ),
    "prime": (
        "def is_prime(n: int) -> bool:\n"
        "    return n > 1 and all(n % d for d in range(2, int(n**0.5) + 1))\n"
    ),
    "hello world": 'print("Hello, world!")\n',
}

FACTS: Final[Mapping[str, str]] = {
    "sky blue": (
        "The sky is blue because air scatters short wavelengths of sunlight far more than long "
        "ones. This is Rayleigh scattering: its strength grows with the fourth power of the "
        "frequency. Violet is scattered even more, but the sun sends less of it and our eyes "
        "are less sensitive to it."
    ),
    "oci generative ai": (
        "OCI Generative AI is Oracle's managed service for large language models. It offers "
        "models of several vendors, such as Meta, Cohere, xAI, Google and OpenAI, for chat, "
        "embeddings and reranking, on demand or on dedicated clusters, behind one API with "
        "Oracle's own authentication."
    ),
    "request sign": (
        "Each request to Oracle Cloud is signed with the caller's private RSA key. The client "
        "puts the request line, the host, the date and, when there is a body, its length, type "
        "and SHA-256 hash into one text and signs it; the server finds the public key by the "
        "key id and checks that nothing was changed and that the date is at most five minutes "
        "off. The key itself never travels."
    ),
    "speed light": "Light travels at 299,792,458 meters per second in vacuum.",
    "what token": (
        "A token is the piece of text a language model reads and writes: often a short word or "
        "a part of a longer one. Prices and limits count tokens."
    ),
    "temperature model": (
        "The temperature sets how much chance there is in picking the next token. At 0 the "
        "likeliest token is always taken; higher values make answers more varied."
    ),
}
"""An answer to every prompt that has all words of the key."""

SMALL_TALK: Final[Mapping[str, tuple[str, ...]]] = {
    r"\b(?:who|what) (?:are you|model)|\byour name\b": (
        "I am the emulator's script, answering in place of {model}.",
    ),
    r"\bhaiku\b": (
        "Waves fold into waves,\nthe moon pulls a silver thread\nthrough the quiet sea.",
        "A key turns unseen;\neach request wears its own seal.\nThe gate knows its name.",
    ),
    r"\bjoke\b": (
        "Why did the request get a 401? It forgot to sign in.",
        "A token walks into a bar. The bartender says: you look cut off.",
    ),
    r"^how are you\b": ("I am a script, so I am always the same. How can I help?",),
    r"(?:^|[,.!;] ?)(?:\w+ ){0,2}thank": ("You are welcome.", "Glad to help."),
    r"^(?:hi|hello|hey|good (?:morning|evening|afternoon))\b": (
        "Hello! What would you like to know?",
        "Hi there! How can I help?",
    ),
    r"^ping\W*$": ("pong",),
    r"^(?:test|testing|ok|okay)\W*$": ("I am here. How can I help?",),
    r"\b(?:goodbye|bye)\b": ("Goodbye!",),
    r"\bwhat (?:time|day|date)(?: is|'s|\W*$)|\bwhat(?:'s| is) (?:the time|(?:today's|the) date)": (
        "I have no clock in this script, so I can't tell the date or time.",
    ),
}
"""Equally good answers to every prompt that matches; the first pattern wins."""
