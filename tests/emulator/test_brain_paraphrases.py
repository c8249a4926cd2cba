"""The same short questions in the words of many strangers, and what the script answers to each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ocigenai_nb.emulator.brain import Question, Turn, think
from tests.emulator.thinking import ask, fill

YES = [
    "Is 7 prime?",
    "Is 7 prime? Answer yes or no.",
    "Answer yes or no: is 7 a prime number?",
    "Yes or no: is 7 prime?",
    "Is 7 a prime number? Answer with only 'yes' or 'no'.",
    "Is the number 7 prime or not?",
    "Please answer with yes or no. Is 7 a prime?",
    "Is it true that 7 is prime?",
    "Is Paris in France?",
    "Is Paris the capital of France? Reply with yes or no only.",
    "Is Berlin a city in Germany?",
    "Is Mars a planet?",
    "Is 10 greater than 3?",
    "Is 5 > 3?",
    "Is 2 + 2 equal to 4? (yes/no)",
    "Does 2 + 2 equal 4?",
    "Is 4 an even number?",
    "Is 12 divisible by 4? One word.",
    "Is 'racecar' a palindrome?",
    "Does the word hello contain the letter e?",
    "Is 16 a perfect square? Just say yes or no.",
    "Does 'apple' start with 'a'?",
    "Could you tell me: is Tokyo the capital of Japan?",
    "Is 3 smaller than 10?",
    "Is a banana a fruit?",
]
NO = [
    "Is 8 prime?",
    "Is 9 prime? Answer yes or no",
    "Yes/No: is 1 a prime number?",
    "Is London the capital of France?",
    "Is Paris in Germany?",
    "Is 10 less than 3?",
    "Is 5 < 3? Respond with yes or no.",
    "Is 2 + 2 equal to 5?",
    "Is it true that 2 + 2 = 5?",
    "Is 7 an even number?",
    "Is 10 divisible by 4?",
    "Is 'hello' a palindrome?",
    "Does the word hello contain the letter z?",
    "Is Saturday a weekday?",
    "Is the Pacific a continent?",
    "Is 15 a perfect square?",
    "Does 'apple' end with 'a'?",
    "Is 7 negative?",
    "Is 17 a multiple of 5? Only answer yes or no.",
    "Is banana a planet?",
]
TRUTHS = {
    "True or false: 7 is prime.": "True",
    "True or false: Paris is the capital of Germany": "False",
    "Is 9 prime? Answer true or false.": "False",
    "Is 7 even or odd?": "7 is odd.",
    "Is 8 odd or even? Answer with one word.": "even",
    "Is 9 prime or composite?": "9 is composite.",
}
NEGATIVE = [
    "Classify the sentiment: I hate this",
    "Classify the sentiment as positive or negative: I hate this",
    "Classify the sentiment of this text as positive, negative or neutral: I hate this product!",
    "Classify the sentiment of 'This is terrible' as positive or negative.",
    "What is the sentiment of 'I hate Mondays'?",
    "What is the sentiment of this sentence: The food was awful.",
    "Is this review positive or negative? The service was terrible.",
    "Is the following review positive or negative: it broke and I am disappointed",
    "Is the sentiment of this positive or negative: I am so sad.",
    "Label the text as positive, negative, or neutral.\nText: I don't like it.",
    "Label as positive/negative: worst movie ever",
    "Categorize the sentiment: this is not good",
    "Sentiment analysis: The room was horrible.",
    "Classify the text into positive, negative or neutral.\nText: It is awful.\nSentiment:",
    "Determine the sentiment (positive/negative): I was not happy with it",
    'Classify: "I hate this". Labels: positive, negative. Answer with the label only.',
    "Classify this tweet as positive or negative: what a waste of time",
    "What's the sentiment of the following?\nI hate it here",
    "Given the labels positive and negative, classify: this is bad",
    "Sentiment of this review? It is broken and useless.",
]
POSITIVE = [
    "Classify this as positive or negative. Respond with one word.\n\nI absolutely love it!",
    "Classify the sentiment: I love this",
    "Classify as positive or negative: I love it!",
    "Is this positive or negative: What a wonderful day",
    "Sentiment: 'The best meal ever'",
    'What is the sentiment of "I am happy"? Answer positive, negative or neutral.',
]
LABELS = {
    "Is this spam or ham: You won a free prize! Click here": "spam",
    "Is this spam or not spam: WIN a FREE iPhone now, claim today": "spam",
    "Is this spam or ham: Hi Bob, lunch at noon?": "ham",
    "Classify as spam or not spam: See you at the meeting tomorrow.": "not spam",
    "Classify the email as ham or spam: Congratulations, you won the lottery!": "spam",
    "Classify as animal or fruit: banana": "fruit",
    "Classify this word as a color, planet or animal: Mars": "planet",
    "Classify the sentiment as Positive, Negative or Neutral: I love it": "Positive",
    "Classify as positive, negative or neutral: The meeting is at 3 pm.": "neutral",
    "Classify the sentiment as POSITIVE or NEGATIVE: I hate it": "NEGATIVE",
}
WORDED = {
    "Reverse hello": "olleh",
    "reverse the word hello": "olleh",
    "Please reverse the string 'hello'.": "olleh",
    "Can you reverse the word hello?": "olleh",
    "Reverse the string hello world": "dlrow olleh",
    "Reverse the letters in hello": "olleh",
    "Reverse this word: hello": "olleh",
    "What is hello spelled backwards?": "olleh",
    "What is 'hello' reversed?": "olleh",
    "Write hello backwards": "olleh",
    "Spell cat backwards": "tac",
    "Spell the word cat backwards.": "tac",
    "Spell 'cat' in reverse": "tac",
    "Say hello backwards": "olleh",
    "Spell cat": "C-A-T",
    "How do you spell cat?": "C-A-T",
    "Spell the word 'cat'.": "C-A-T",
    "Spell cat letter by letter": "C-A-T",
    "Could you spell out cat?": "C-A-T",
    "Reverse the word hello. Only output the result.": "olleh",
    "Convert hello to uppercase": "HELLO",
    "Convert 'hello world' to upper case.": "HELLO WORLD",
    "Uppercase hello": "HELLO",
    "Make hello uppercase": "HELLO",
    "Put hello in capital letters": "HELLO",
    "Write hello in all caps": "HELLO",
    "What is hello in uppercase?": "HELLO",
    "Turn the word hello into uppercase": "HELLO",
    "Change hello to upper-case, please": "HELLO",
    "Uppercase this: hello": "HELLO",
    "Convert the string 'hello' to uppercase. Only return the result.": "HELLO",
    "Transform hello into capitals": "HELLO",
    "Print hello in capital letters": "HELLO",
    "Convert HELLO to lowercase": "hello",
    "Lowercase HELLO": "hello",
    "Make HELLO lowercase": "hello",
    "Write 'HELLO World' in lower case": "hello world",
    "What's HELLO in lowercase?": "hello",
    "Please put HELLO into lowercase letters": "hello",
    "lowercase: HELLO": "hello",
    "Capitalize hello": "Hello",
    "What is the first letter of banana?": "b",
    "What's the last letter in 'cat'?": "t",
    "How many letters in strawberry?": "There are 10 letters in “strawberry”.",
    "How many letters are in strawberry?": "There are 10 letters in “strawberry”.",
    "How many letters are there in the word strawberry?": "There are 10 letters in “strawberry”.",
    "How many letters does the word strawberry have?": "There are 10 letters in “strawberry”.",
    "How many letters does strawberry contain": "There are 10 letters in “strawberry”.",
    "How many letters are in the alphabet?": "There are 26 letters in the English alphabet.",
    "How long is the word strawberry?": "There are 10 letters in “strawberry”.",
    "What is the length of the word 'strawberry'?": "There are 10 letters in “strawberry”.",
    "How many vowels are in banana?": "There are 3 vowels in “banana”.",
}
COUNTED = {
    "Count by twos to 10": "2 4 6 8 10",
    "Count by 2 to 10": "2 4 6 8 10",
    "Count by 2s to 10": "2 4 6 8 10",
    "Count to 10 by twos": "2 4 6 8 10",
    "Please count to ten by twos.": "2 4 6 8 10",
    "Count up to 10 by 2s": "2 4 6 8 10",
    "Count from 2 to 10 by 2": "2 4 6 8 10",
    "count from 0 to 10 in steps of 5": "0 5 10",
    "Can you count by fives to twenty?": "5 10 15 20",
    "Count by tens up to one hundred": "10 20 30 40 50 60 70 80 90 100",
    "Count by threes from 3 to 12": "3 6 9 12",
    "Count in twos to 8": "2 4 6 8",
    "Skip count by 3 to 9": "3 6 9",
    "Countdown from 5": "5 4 3 2 1",
    "Count down from five": "5 4 3 2 1",
    "Count backwards from 5": "5 4 3 2 1",
    "Count down from 10 to 7": "10 9 8 7",
    "Count down from 10 to 0 by 5": "10 5 0",
    "Count backward from three, please": "3 2 1",
    "Do a countdown from 3": "3 2 1",
    "List the even numbers from 1 to 10": "2 4 6 8 10",
    "Print all odd numbers between 1 and 9": "1 3 5 7 9",
    "What are the first five prime numbers?": "2 3 5 7 11",
}
RECKONED = {
    "What is the sum of 1, 2 and 3?": "1 + 2 + 3 = 6",
    "Sum these numbers: 1, 2, 3": "1 + 2 + 3 = 6",
    "Add up 1, 2, 3": "1 + 2 + 3 = 6",
    "Add the numbers 1 2 3": "1 + 2 + 3 = 6",
    "sum of [1, 2, 3]": "1 + 2 + 3 = 6",
    "Calculate the total of 1, 2, and 3.": "1 + 2 + 3 = 6",
    "Find the sum of: 1, 2, 3. Only return the number.": "6",
    "What is the sum of the numbers from 1 to 100?": "The sum is 5050.",
    "What is the average of 2, 4 and 6?": "The average is 4.",
    "Average these: 2, 4, 6": "The average is 4.",
    "Calculate the mean of 2, 4, 6": "The average is 4.",
    "mean of [1, 2]": "The average is 1.5.",
    "Compute the average of the following numbers: 2, 4, 6. Answer with only the number.": "4",
    "Here are numbers: 2, 4, 6. What is the average?": "The average is 4.",
    "What is the largest of 3, 9 and 4?": "The largest is 9.",
    "What is the maximum of [3, 9, 4]?": "The largest is 9.",
    "Find the largest number in: 3, 9, 4": "The largest is 9.",
    "max of 3, 9, 4": "The largest is 9.",
    "Which is larger, 9.11 or 9.9?": "The largest is 9.9.",
    "Which number is the biggest: 3, 9 or 4? Reply with just the number.": "9",
    "What's the smallest number among 3, 9 and 4?": "The smallest is 3.",
    "Find the minimum of 3, -9, 4": "The smallest is -9.",
    "What is the median of 5, 1, 3?": "The median is 3.",
    "What is the product of 2, 3 and 4?": "2 * 3 * 4 = 24",
    "Given the list [4, 8, 15], what is the maximum value?": "The largest is 15.",
}
ORDERED = {
    "Sort 10, 9, 2": "2, 9, 10",
    "Sort these numbers: 10, 9, 2": "2, 9, 10",
    "Sort the numbers 10, 9 and 2": "2, 9, 10",
    "Sort the list [10, 9, 2]": "[2, 9, 10]",
    "Sort the following numbers in ascending order: 10, 9, 2": "2, 9, 10",
    "Sort in descending order: 2, 10, 9": "10, 9, 2",
    "Arrange 10 9 2 from smallest to largest": "2, 9, 10",
    "Order these from largest to smallest: 2, 10, 9": "10, 9, 2",
    "Put these numbers in order: 10, 9, 2": "2, 9, 10",
    "Please sort 3.5, -1, 2": "-1, 2, 3.5",
    "Sort pear, apple, fig": "apple, fig, pear",
    "Sort pear, apple and fig alphabetically": "apple, fig, pear",
    "Sort these words alphabetically: pear, apple, fig": "apple, fig, pear",
    "Sort the words pear, apple, fig": "apple, fig, pear",
    "Alphabetize: pear, apple, fig": "apple, fig, pear",
    "Put these words in alphabetical order: pear apple fig": "apple, fig, pear",
    "Arrange the words alphabetically: pear, apple, fig": "apple, fig, pear",
    'Sort ["pear", "apple", "fig"]': '["apple", "fig", "pear"]',
    "Order the following items alphabetically: pear, apple, fig.": "apple, fig, pear",
    "Sort these words in reverse alphabetical order: pear, apple, fig": "pear, fig, apple",
    "Reverse the list: 1, 2, 3": "3, 2, 1",
    "Reverse the list [1, 2, 3]": "[3, 2, 1]",
    "Reverse the order of these words: pear, apple, fig": "fig, apple, pear",
}
AB: dict[str, Any] = {"a": 1, "b": 2}
SPELLED_OUT: dict[str, dict[str, Any]] = {
    "Return JSON with keys a and b set to 1 and 2": AB,
    "Return a JSON object with keys a and b set to 1 and 2.": AB,
    "Reply with JSON with the keys a and b and the values 1 and 2": AB,
    "Return JSON with keys 'a' and 'b' with values 1 and 2": AB,
    "Output a JSON object with the fields a and b set to 1 and 2 respectively": AB,
    "Give me a JSON object with a set to 1 and b set to 2": AB,
    "Please return a JSON object with a=1 and b=2": AB,
    "Generate JSON with a: 1, b: 2": AB,
    "Create a JSON with keys a, b and values 1, 2": AB,
    'Return this JSON: {"a": 1, "b": 2}': AB,
    'Respond with exactly this JSON object: {"a": 1, "b": 2}': AB,
    'Return the JSON {"a": 1, "b": 2} and nothing else': AB,
    "Return only JSON with keys a and b having the values 1 and 2": AB,
    "Return a JSON object with key ok set to true": {"ok": True},
    'Return a JSON object with the key "status" and value "ok"': {"status": "ok"},
    "Return JSON with the field x equal to 1.5": {"x": 1.5},
    "Respond in JSON with the key answer set to 42": {"answer": 42},
    "Write a JSON object with name set to Ada and age set to 36": {"name": "Ada", "age": 36},
    "Return JSON with key 'name' set to 'Ada Lovelace'": {"name": "Ada Lovelace"},
    "Make a JSON object with the properties x, y and z set to 1, 2 and 3":
        {"x": 1, "y": 2, "z": 3},
    "Return JSON with the keys a and b both set to 0": {"a": 0, "b": 0},
}  # fmt: skip
FRUITS = [{"name": "apples", "quantity": 3}, {"name": "pears", "quantity": 2}]
LISTED = [
    "3 apples and 2 pears",
    "I bought 3 apples and 2 pears.",
    "Extract the items: 3 apples and 2 pears",
    "Extract items from: 3 apples, 2 pears",
    "We need 3 apples and 2 pears",
    "Order: 3 apples; 2 pears",
    "three apples and two pears",
    "Please add 3 apples and 2 pears",
    "List the items as JSON: 3 apples, 2 pears.",
    "Shopping list:\n3 apples\n2 pears",
]
CALLED_TOM = [
    ("My cat's name is Tom.", "What is my cat's name?"),
    ("my cat\u2019s name is Tom", "what's my cat's name?"),
    ("My cat's name is Tom and he is black.", "What is the name of my cat?"),
    ("Hi! My cat's name is Tom.", "Do you remember my cat's name?"),
    ("My cat is called Tom.", "What is my cat's name?"),
    ("My cat is named Tom.", "Tell me my cat's name."),
    ("I have a cat named Tom.", "What is my cat's name?"),
    ("I have a cat called Tom.", "what's my cat's name again?"),
    ("My cat's name is Tom.", "What is my cat called?"),
    ("Remember: my cat's name is Tom.", "Can you tell me my cat's name?"),
]


@pytest.mark.parametrize("prompt", YES)
def test_what_is_so_is_affirmed(prompt: str) -> None:
    assert ask(prompt) == "Yes"


@pytest.mark.parametrize("prompt", NO)
def test_what_is_not_so_is_denied(prompt: str) -> None:
    assert ask(prompt) == "No"


@pytest.mark.parametrize("prompt", NEGATIVE)
def test_an_unhappy_text_is_negative(prompt: str) -> None:
    assert ask(prompt) == "negative"


@pytest.mark.parametrize("prompt", POSITIVE)
def test_a_glad_text_is_positive(prompt: str) -> None:
    assert ask(prompt) == "positive"


ANSWERED = TRUTHS | LABELS | WORDED | COUNTED | RECKONED | ORDERED


@pytest.mark.parametrize("prompt", ANSWERED)
def test_a_question_gets_the_same_answer_in_other_words(prompt: str) -> None:
    assert ask(prompt) == ANSWERED[prompt]


@pytest.mark.parametrize("prompt", SPELLED_OUT)
def test_json_that_is_spelled_out_is_written(prompt: str) -> None:
    assert json.loads(ask(prompt)) == SPELLED_OUT[prompt]
    assert fill({}, prompt) == SPELLED_OUT[prompt], "In JSON mode, too."


@pytest.mark.parametrize("prompt", LISTED)
def test_amounts_become_a_list_of_objects(prompt: str) -> None:
    item = {"properties": {"name": {"type": "string"}, "quantity": {"type": "integer"}}}
    schema = {"properties": {"items": {"type": "array", "items": {"type": "object", **item}}}}
    assert fill(schema, prompt) == {"items": FRUITS}


@pytest.mark.parametrize(
    "prompt",
    [
        "Alice is 30 and Bob is 25",
        "Extract the people: Alice is 30, Bob is 25.",
        "Alice (30), Bob (25)",
        "Alice, aged 30, lives in Paris and Bob, aged 25, lives in Rome.",
    ],
)
def test_people_become_a_list_of_objects(prompt: str) -> None:
    item = {"properties": {"name": {"type": "string"}, "age": {"type": "integer"}}}
    schema = {"properties": {"people": {"type": "array", "items": {"type": "object", **item}}}}
    people = [{"name": "Alice", "age": 30}, {"name": "Bob", "age": 25}]
    assert fill(schema, prompt) == {"people": people}


@pytest.mark.parametrize(("told", "asked"), CALLED_TOM)
def test_the_name_of_what_is_mine_is_remembered(told: str, asked: str) -> None:
    turns = [Turn("user", told), Turn("assistant", "All right."), Turn("user", asked)]
    assert think(Question("some.model", turns)).text == "Your cat's name is Tom."
    assert ask(f"{told.rstrip('.')}. {asked}") == "Your cat's name is Tom."
