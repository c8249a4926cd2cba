"""The smaller shared modules: elements, words, copying, channel, feeds."""

from __future__ import annotations

import pytest

from tests.frontend.conftest import Kit

MODEL = """
const sent = [];
const listeners = {};
const model = {
  send: (content) => { sent.push(content); },
  on: (event, run) => { (listeners[event] ??= []).push(run); },
  off: (event, run) => { listeners[event] = listeners[event].filter((one) => one !== run); },
};
const receive = (message) => { for (const run of listeners['msg:custom']) run(message, []); };
const states = [];
const channel = kit.createChannel(model, { quietMs: 20, onState: (state) => states.push(state) });
"""


@pytest.mark.parametrize(
    "code",
    [
        "kit.h('script')",
        "kit.h('iframe')",
        "kit.h('div', { innerHTML: 'x' })",
        "kit.h('div', { srcdoc: 'x' })",
        "kit.h('img', { src: 'https://evil.example/' })",
        "kit.h('div', { onclick: 'window.pwned=1' })",
        "kit.h('a', { href: 'javascript:1' })",
        "kit.icon('none such')",
        "kit.t('none.such')",
    ],
)
def test_what_is_not_on_the_list_is_not_built(kit: Kit, code: str) -> None:
    assert kit.run(f"try {{ {code}; return false; }} catch (error) {{ return true; }}")


def test_an_element_is_built_from_props_and_children(kit: Kit) -> None:
    html = kit.run(
        """
        let clicked = 0;
        const one = kit.h('button', { class: 'a', 'aria-pressed': false, disabled: false,
          hidden: null, title: '<b>', onclick: () => clicked += 1 }, '<i>', ['x', null, false, 0],
          kit.h('span'));
        one.click();
        return [one.outerHTML, clicked];
        """
    )
    assert html == [
        '<button class="a" aria-pressed="false" title="&lt;b&gt;">&lt;i&gt;x0<span></span></button>',
        1,
    ]


def test_words_are_filled_in_and_counted(kit: Kit) -> None:
    code = "return [kit.t('json.items', { count: 1 }), kit.t('json.items', { count: 12000 })]"
    assert kit.run(code) == ["1 item", "12,000 items"]


def test_copying_works_without_the_clipboard_api(kit: Kit) -> None:
    kit.page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }"
    )
    try:
        kit.page.mouse.click(5, 5)  # copying needs a person to have done something
        assert kit.run("return kit.copy('by selection')")
        assert kit.run("return navigator.clipboard.readText()") == "by selection"
    finally:
        kit.page.evaluate("() => { delete navigator.clipboard.writeText; }")


def test_a_stream_is_announced_by_whole_sentences(kit: Kit) -> None:
    code = """
    const announcer = kit.createAnnouncer({ everyMs: 5 });
    root.append(announcer.element);
    const said = [];
    new MutationObserver(() => said.push(announcer.element.textContent))
      .observe(announcer.element, { childList: true });
    announcer.stream('One. Two');
    await new Promise((done) => setTimeout(done, 30));
    announcer.stream(' and three');
    announcer.flush();
    await new Promise((done) => setTimeout(done, 10));
    return [said, announcer.element.getAttribute('aria-live')];
    """
    assert kit.run(code) == [["One.", "Two and three"], "polite"]


def test_a_request_gets_its_own_reply(kit: Kit) -> None:
    code = f"""{MODEL}
    const first = channel.request('test', {{ a: 1 }});
    const second = channel.request('test', {{ a: 2 }});
    receive({{ type: 'reply', id: sent[1].id, value: 'second' }});
    receive({{ type: 'reply', id: sent[0].id, value: 'first' }});
    receive({{ type: 'reply', id: 'unknown' }});
    return [sent[0].type, sent[0].a, (await first).value, (await second).value];"""
    assert kit.run(code) == ["test", 1, "first", "second"]


def test_an_error_reply_rejects_with_all_it_says(kit: Kit) -> None:
    code = f"""{MODEL}
    const asked = channel.request('test');
    receive({{ type: 'error', id: sent[0].id, message: 'No', remedy: 'Do this' }});
    return asked.catch((error) => [error.name, error.message, error.content.remedy]);"""
    assert kit.run(code) == ["ChannelError", "No", "Do this"]


def test_a_busy_kernel_is_quiet_and_its_late_reply_counts(kit: Kit) -> None:
    code = f"""{MODEL}
    const asked = channel.request('test');
    await new Promise((done) => setTimeout(done, 50));
    receive({{ type: 'reply', id: sent[0].id, value: 1 }});
    return [(await asked).value, states];"""
    assert kit.run(code) == [1, ["quiet", "ok"]]


@pytest.mark.parametrize(
    "how",
    ["listeners['comm_live_update'][0]()", "model.send = () => { throw 1; }; channel.tell('x')"],
)
def test_a_lost_kernel_rejects_what_is_open(kit: Kit, how: str) -> None:
    code = f"""{MODEL}
    const asked = channel.request('test').catch((error) => error.message);
    {how};
    return [await asked, states, channel.state()];"""
    assert kit.run(code) == ["The kernel is gone.", ["lost"], "lost"]


def test_a_closed_channel_hears_nothing(kit: Kit) -> None:
    code = f"""{MODEL}
    let heard = 0;
    channel.on('news', () => heard += 1);
    receive({{ type: 'news' }});
    channel.close();
    receive({{ type: 'news' }});
    return heard;"""
    assert kit.run(code) == 1


FEED = """
const log = [];
const feed = kit.createTextFeed({
  append: (text) => log.push('+' + text),
  replace: (text) => log.push('=' + text),
  askSnapshot: () => log.push('?'),
});
"""


def test_a_feed_puts_pieces_together_by_their_offset(kit: Kit) -> None:
    code = f"""{FEED}
    let at = 0;
    for (const text of argument) {{ feed.delta({{ offset: at, text }}); at += text.length; }}
    return [feed.text(), log.length];"""
    assert kit.run(code, ["a\U0001f600", "b", "\U0001f468\u200d\U0001f469", "e\u0301"]) == [
        "a\U0001f600b\U0001f468\u200d\U0001f469e\u0301",
        4,
    ]


def test_a_repeated_piece_is_left_out(kit: Kit) -> None:
    code = f"""{FEED}
    feed.delta({{ offset: 0, text: 'a\U0001f600b' }});
    feed.delta({{ offset: 1, text: '\U0001f600bc' }});
    feed.delta({{ offset: 0, text: 'a' }});
    return [feed.text(), log];"""
    assert kit.run(code) == ["a\U0001f600bc", ["+a\U0001f600b", "+c"]]


def test_after_a_gap_one_snapshot_is_asked_for_and_nothing_is_lost(kit: Kit) -> None:
    code = f"""{FEED}
    feed.delta({{ offset: 0, text: 'ab' }});
    feed.delta({{ offset: 4, text: 'ef' }});
    feed.delta({{ offset: 6, text: 'gh' }});
    feed.snapshot({{ text: 'abcdefgh' }});
    feed.delta({{ offset: 8, text: 'i' }});
    return [feed.text(), log];"""
    assert kit.run(code) == ["abcdefghi", ["+ab", "?", "+cdefgh", "+i"]]


def test_a_snapshot_that_differs_replaces_and_an_older_one_does_not(kit: Kit) -> None:
    code = f"""{FEED}
    feed.delta({{ offset: 0, text: 'abc' }});
    feed.snapshot({{ text: 'ab' }});
    feed.snapshot({{ text: 'xyz' }});
    return [feed.text(), log];"""
    assert kit.run(code) == ["xyz", ["+abc", "=xyz"]]
