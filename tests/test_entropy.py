"""Mean token entropies, against what follows by hand and against the plain definition, on tiny models made here."""

from __future__ import annotations

import math
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hirkit import entropy
from hirkit.entropy import Scorer, load
from hirkit.records import UserError
from tests import tiny_llama

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch and transformers, at import

TEMPLATE = (
    "{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)
LETTERS = 256
SPECIAL = {"<begin>": LETTERS, "<end>": LETTERS + 1}


def tokenizer(template: str | None = TEMPLATE, begin: bool = False) -> Any:
    """One token per byte; with ``begin``, one more at the start of a text, as Llama's does."""
    made = tiny_llama.tokenizer(template, list(SPECIAL), bos_token="<begin>", eos_token="<end>")
    if begin:
        from tokenizers.processors import TemplateProcessing

        both = TemplateProcessing(single="<begin> $A <end>", special_tokens=list(SPECIAL.items()))
        made.backend_tokenizer.post_processor = both
    return made


def llama(layers: int = 2, longest: int = 512, **more: Any) -> Any:
    size = {"num_hidden_layers": layers, "num_attention_heads": 4, "max_position_embeddings": longest}
    return tiny_llama.llama(LETTERS + 2, initializer_range=0.4, **size, **more)


def scorer(model: Any, words: Any = None, told: list[str] | None = None) -> Scorer:
    words = words or tokenizer()
    tell = (lambda message: None) if told is None else told.append
    return Scorer(model, words, entropy.identity("tiny", model, words), tell)


def plainly(model: Any, before: list[int], response: list[int]) -> float:
    """The definition, one token at a time: -Σ p log p of what follows each beginning, in float64."""
    total = 0.0
    for n in range(len(response)):
        with torch.no_grad():
            logits = model(torch.tensor([before + response[:n]])).logits[0, -1].double()
        p = torch.softmax(logits, -1)
        total += float(-(p * torch.log(p)).sum())
    return total / len(response)


def ids(text: str) -> list[int]:
    return list(tokenizer()(text, add_special_tokens=False).input_ids)


PAIRS = [
    ("Name a fruit.", "Pear."),
    ("Greet Ann in Norwegian, at length and with warmth.", "Hei!"),
    ("Hi", "x" * 200),
    ("Sing.", "La la la, said the crow; la."),
    ("", "out of nothing"),
]


def test_reasoning_that_the_template_opens_is_not_opened_twice() -> None:
    """A kept rollout begins with the tag that its prompt ended with: what was sampled is what follows it."""
    model, words = llama(), tokenizer(f"{TEMPLATE}<think>")
    whole = scorer(model, words).mean_entropies([("Hi", "<think>Hm.</think>Yes."), ("Hi", "Hm.</think>Yes.")])
    assert whole[0] == whole[1]
    plain = scorer(model).mean_entropies([("Hi", "<think>Hm.</think>Yes."), ("Hi", "Hm.</think>Yes.")])
    assert plain[0] != plain[1]


def test_a_model_that_knows_nothing_has_the_entropy_of_its_vocabulary() -> None:
    """All 258 logits are 0, so each token is as likely as any: log 258 = 5.552960 nats, at every place."""
    model = llama()
    torch.nn.init.zeros_(model.lm_head.weight)
    assert scorer(model).mean_entropies(PAIRS) == [round(math.log(258), 6)] * len(PAIRS)
    assert round(math.log(258), 6) == 5.55296


def test_a_model_that_is_sure_has_none_and_one_between_two_tokens_log_2() -> None:
    """A model whose hidden state is all ones: the weight of a token's row, summed, is its logit, whatever is read.

    One row of 100: that token has all the mass, 0 nats. Two: half each, log 2.
    """
    model = llama(layers=0)
    torch.nn.init.ones_(model.model.embed_tokens.weight)
    for rows, expected in (([7], 0.0), ([7, 9], round(math.log(2), 6))):
        torch.nn.init.zeros_(model.lm_head.weight)
        model.lm_head.weight.data[rows] = 100.0
        assert scorer(model).mean_entropies(PAIRS) == [expected] * len(PAIRS)


def test_the_mean_is_that_of_the_definition() -> None:
    model = llama()
    found = scorer(model).mean_entropies(PAIRS)
    for (prompt, response), mean in zip(PAIRS, found, strict=True):
        assert mean == pytest.approx(plainly(model, ids(f"[user]{prompt}[assistant]"), ids(response)), abs=1e-5)
    assert len(set(found)) == len(PAIRS)
    assert all(mean is not None and 0 < mean < math.log(258) for mean in found)


def test_without_a_template_the_prompt_stands_as_it_is_after_the_begin_token_alone() -> None:
    """The tokenizer would end a text with ``<end>`` too: after a prompt that would be wrong."""
    model = llama()
    for begin, first in ((False, []), (True, [SPECIAL["<begin>"]])):
        found = scorer(model, tokenizer(None, begin)).mean_entropies(PAIRS[:2])
        for (prompt, response), mean in zip(PAIRS[:2], found, strict=True):
            assert mean == pytest.approx(plainly(model, first + ids(prompt), ids(response)), abs=1e-5)


def test_the_first_token_of_all_is_left_out_where_nothing_comes_before_it() -> None:
    """ "abc" after nothing: the means of what follows "a" and "ab". One token after nothing: nothing to measure."""
    model = llama()
    found = scorer(model, tokenizer(None)).mean_entropies([("", "abc"), ("", "a"), ("a", "bc")])
    assert found[0] == pytest.approx(plainly(model, ids("a"), ids("bc")), abs=1e-5)
    assert found[1] is None
    assert found[2] == found[0]


def test_the_response_is_tokenised_by_itself() -> None:
    """A tokenizer that joins "ab": after the prompt "a" the response "b" is still one token of its own."""
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE(vocab={"a": 0, "b": 1, "ab": 2}, merges=[("a", "b")]))
    words = PreTrainedTokenizerFast(tokenizer_object=made)
    assert words("ab").input_ids == [2]
    model = llama()
    assert scorer(model, words).mean_entropies([("a", "b")])[0] == pytest.approx(plainly(model, [0], [1]), abs=1e-5)


def many(n: int) -> list[tuple[str, str]]:
    rng = random.Random(0)
    return [("p" * rng.randint(0, 90), "".join(rng.choices("abc def.", k=rng.randint(1, 150)))) for _ in range(n)]


def test_a_response_scores_the_same_whatever_else_is_in_the_batch() -> None:
    """60 at once, each alone, in another order, and in batches of other sizes: within 1e-5."""
    model, pairs = llama(), many(60)
    together = scorer(model).mean_entropies(pairs)
    alone = [scorer(model).mean_entropies([pair])[0] for pair in pairs]
    backwards = scorer(model).mean_entropies(pairs[::-1])[::-1]
    assert together == pytest.approx(alone, abs=1e-5)
    assert backwards == pytest.approx(alone, abs=1e-5)
    assert scorer(model).mean_entropies(pairs) == together


@pytest.mark.parametrize(("tokens", "logits", "at_once"), [(300, 1 << 28, 1 << 24), (1 << 14, 258 * 7, 258), (1, 1, 1)])
def test_a_batch_keeps_to_its_budgets_and_the_result_does_not_depend_on_them(
    monkeypatch: pytest.MonkeyPatch, tokens: int, logits: int, at_once: int
) -> None:
    """No forward pass pads more than ``tokens`` (or one row) or gives more than ``logits`` (or one position)."""
    model, pairs = llama(), many(30)
    expected = scorer(model).mean_entropies(pairs)
    monkeypatch.setattr(entropy, "TOKENS_AT_ONCE", tokens)
    monkeypatch.setattr(entropy, "LOGITS_AT_ONCE", logits)
    monkeypatch.setattr(entropy, "ENTROPIES_AT_ONCE", at_once)
    shapes: list[tuple[int, ...]] = []
    watch(model, lambda given, out: shapes.append((*given["input_ids"].shape, out.logits.numel())))
    assert scorer(model).mean_entropies(pairs) == pytest.approx(expected, abs=1e-5)
    assert all(rows == 1 or rows * longest <= tokens for rows, longest, _ in shapes)
    assert all(numbers <= max(logits, rows * 258) for rows, _, numbers in shapes)


def watch(model: Any, see: Callable[[dict[str, Any], Any], None]) -> None:
    """Have each forward pass of the model seen."""
    model.register_forward_hook(lambda _, args, given, out: see(given, out), with_kwargs=True)


def test_logits_are_made_for_responses_only() -> None:
    """A prompt of 400 bytes and a response of 3: three distributions are needed, and three are made."""
    model, made = llama(), list[int]()
    watch(model, lambda given, out: made.append(out.logits.shape[1]))
    scorer(model).mean_entropies([("p" * 400, "abc")])
    assert made == [3]


def test_a_model_that_cannot_leave_logits_out_scores_the_same() -> None:
    from transformers import LlamaForCausalLM

    class Old(LlamaForCausalLM):  # type: ignore[misc]
        def forward(self, input_ids: Any, attention_mask: Any = None, use_cache: bool = False) -> Any:
            return super().forward(input_ids=input_ids, attention_mask=attention_mask, use_cache=use_cache)

    new = llama()
    old = Old(new.config).eval()
    old.load_state_dict(new.state_dict())
    assert scorer(old).mean_entropies(PAIRS) == pytest.approx(scorer(new).mean_entropies(PAIRS), abs=1e-5)


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, MemoryError, RuntimeError])
def test_what_does_not_fit_in_memory_is_done_in_halves_and_said(error: type[Exception]) -> None:
    """A device that holds 4 rows: 16 are tried, then 8, then 4. The figures do not change."""
    model, told, sizes = llama(), list[str](), list[int]()
    pairs = [("p", "r" * 40)] * 16
    expected = scorer(model).mean_entropies(pairs)
    forward = model.forward

    def full(**given: Any) -> Any:
        sizes.append(len(given["input_ids"]))
        if sizes[-1] > 4:
            raise error("DefaultCPUAllocator: not enough memory")
        return forward(**given)

    full.__signature__ = __import__("inspect").signature(forward)  # type: ignore[attr-defined]
    model.forward = full
    assert scorer(model, told=told).mean_entropies(pairs) == pytest.approx(expected, abs=1e-5)
    assert sizes == [16, 8, 4, 4, 4, 4]
    assert told == [f"out of memory with {n} responses at a time; going on with half as much" for n in (16, 8)]


def test_one_response_that_does_not_fit_ends_with_a_sentence_and_other_errors_are_let_through() -> None:
    model = llama()
    signature = __import__("inspect").signature(model.forward)
    for error, caught, words in (
        (torch.OutOfMemoryError("x"), UserError, "does not fit in memory with one response"),
        (RuntimeError("shapes differ"), RuntimeError, "shapes differ"),
    ):

        def broken(error: Exception = error, **given: Any) -> Any:
            raise error

        broken.__signature__ = signature  # type: ignore[attr-defined]
        model.forward = broken
        with pytest.raises(caught, match=words):
            scorer(model).mean_entropies([("p", "r")])


def test_too_long_and_empty_responses_have_no_entropy_and_the_others_do() -> None:
    """64 positions: "[user]p[assistant]" is 18 bytes, so a response of 46 fits and one of 47 does not."""
    told: list[str] = []
    found = scorer(llama(longest=64), told=told).mean_entropies(
        [("p", "r" * 46), ("p", "r" * 47), ("p", ""), ("p", "r")]
    )
    assert [mean is None for mean in found] == [False, True, True, False]
    assert told == ["1 responses are longer with their prompts than the 64 tokens that tiny reads: no entropy for them"]


def test_numbers_that_are_none_are_an_error() -> None:
    model = llama()
    model.lm_head.weight.data[3] = float("nan")
    with pytest.raises(UserError, match="tiny: its logits are not finite in float32"):
        scorer(model).mean_entropies(PAIRS)


def test_a_token_that_cannot_come_counts_for_nothing() -> None:
    """A logit of minus infinity is a probability of 0, and 0 log 0 is 0: of 258 tokens, 257 are left."""
    model = llama()

    def mask(_: Any, args: Any, given: Any, out: Any) -> Any:
        logits = torch.zeros_like(out.logits)
        logits[..., 3] = float("-inf")
        return replace_logits(out, logits)

    model.register_forward_hook(mask, with_kwargs=True)
    assert scorer(model).mean_entropies(PAIRS[:1]) == pytest.approx([math.log(257)], abs=1e-5)


def replace_logits(out: Any, logits: Any) -> Any:
    out.logits = logits
    return out


def test_progress_counts_every_response_once() -> None:
    heard: list[int] = []
    scorer(llama(longest=64)).mean_entropies([("p", "r" * n) for n in range(60)], heard.append)
    assert sum(heard) == 60
    assert scorer(llama()).mean_entropies([]) == []


def test_a_template_that_takes_no_lone_user_turn_is_an_error() -> None:
    words = tokenizer("{{ raise_exception('a system turn must come first') }}")
    with pytest.raises(UserError, match="tiny: its chat template takes no lone user turn: a system turn must"):
        scorer(llama(), words).mean_entropies(PAIRS)


# ------------------------------------------------------------------------------------------------------------- loading


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    llama().save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder


def test_a_saved_model_scores_as_it_did(saved: Path) -> None:
    found = load(str(saved))
    assert found.mean_entropies(PAIRS) == pytest.approx(scorer(llama()).mean_entropies(PAIRS), abs=1e-5)
    assert (found.longest, found.identity["model"]) == (512, str(saved))
    if not torch.cuda.is_available():
        assert (found.identity["dtype"], found.identity["device"]) == ("float32", "cpu")


def test_bfloat16_is_close(saved: Path) -> None:
    exact = scorer(llama()).mean_entropies(PAIRS)
    found = load(str(saved), device="cpu", dtype="bfloat16")
    assert found.identity["dtype"] == "bfloat16"
    assert found.mean_entropies(PAIRS) == pytest.approx(exact, abs=0.1)


def test_the_identity_is_the_same_for_a_copy_and_another_for_another_checkpoint(saved: Path, tmp_path: Path) -> None:
    first = load(str(saved), device="cpu").identity
    model = llama()
    model.save_pretrained(tmp_path / "copy")
    tokenizer().save_pretrained(tmp_path / "copy")
    copy = load(str(tmp_path / "copy"), device="cpu").identity
    assert {**copy, "model": ""} == {**first, "model": ""}
    with torch.no_grad():
        model.model.norm.weight += 1e-3
    later = entropy.identity("x", model, tokenizer("{{ messages[0]['content'] }}"))
    changed = {name for name in first if first[name] != later[name]}
    assert changed >= {"model", "weights_sample_sha256", "chat_template_sha256"}
    assert "dtype" not in changed


@pytest.mark.parametrize(
    ("name", "more", "words"),
    [
        ("/no/such/folder", {}, "--score-model /no/such/folder: transformers cannot load it"),
        (".", {}, "--score-model .: transformers cannot load it"),
        ("x", {"dtype": "float8000"}, "dtype 'float8000'"),
    ],
)
def test_what_cannot_be_loaded_is_an_error(
    name: str, more: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=words):
        load(name, **more)


def test_code_that_comes_with_a_model_is_not_run_unless_asked(saved: Path, tmp_path: Path) -> None:
    """The configuration names a class in a file beside it, which writes a file when it is imported."""
    import json
    import shutil

    folder = tmp_path / "model"
    shutil.copytree(saved, folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "mine", "auto_map": {"AutoConfig": "mine.Mine", "AutoModelForCausalLM": "mine.Mine"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "mine.py").write_text(f"open({str(tmp_path / 'run')!r}, 'w').close()\n")
    with pytest.raises(UserError, match=r"cannot load it: .*trust_remote_code"):
        load(str(folder))
    assert not (tmp_path / "run").exists()


def test_without_torch_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(UserError, match=r"hirkit\[train\]"):
        load("x")


def test_the_module_is_imported_without_torch() -> None:
    program = "import sys, hirkit.entropy; print('torch' in sys.modules, 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "False False\n"


@pytest.mark.gpu
def test_a_gpu_agrees_with_the_cpu(saved: Path) -> None:
    if not torch.cuda.is_available():
        pytest.skip("no GPU")
    exact, pairs = scorer(llama()), many(40)
    on_gpu = load(str(saved), dtype="float32")
    assert on_gpu.identity["device"] == "cuda"
    assert on_gpu.mean_entropies(pairs) == pytest.approx(exact.mean_entropies(pairs), abs=1e-3)
    assert load(str(saved)).identity["dtype"] == "bfloat16"
    assert load(str(saved)).mean_entropies(pairs) == pytest.approx(exact.mean_entropies(pairs), abs=0.1)
