"""Sentences about mistakes: one line, never longer than can be read."""

from app.core.errors import BadInput, clipped, unknown_name


def test_long_paths_are_cut_in_the_middle() -> None:
    path = "/" + "long/" * 800 + "name.toml"
    sentence = str(BadInput(f"{path}: it cannot be read (Permission denied)."))
    assert sentence.startswith("/long/long/")
    assert sentence.endswith("/name.toml: it cannot be read (Permission denied).")
    assert "…" in sentence
    assert len(sentence) < 320


def test_usual_sentences_are_as_they_are() -> None:
    sentence = f"{'/folder' * 30}/a.toml: it is not TOML. {'Many short words. ' * 20}"
    assert clipped(sentence) == sentence == str(BadInput(sentence))


def test_no_sentence_is_longer_than_a_screen() -> None:
    assert len(clipped("a b/" * 10_000)) <= 2_000
    assert len(str(BadInput("x" * 10_000, "field"))) <= 250
    names = [f"session-{number}" for number in range(5_000)]
    sentence = unknown_name("session", "session-17b", names)
    assert "did you mean session-17" in sentence
    assert sentence.endswith("session-99 and 4,900 more.")
