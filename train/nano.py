"""The nano setting: a tokenizer and a tiny warmed-up model, made here, on a CPU, without downloads.

Instructions and texts are those of ``hirkit.demo.language``. To the tokenizer the whole sentence of a constraint is one
token, so that a small model soon learns what it says. The model is warmed up on what ``write`` writes: first obeying
everything, so that it learns what each constraint means, then obeying each constraint with a small chance only, so that
it knows how to follow but seldom does. That leaves what HiR is about: a policy that fails nearly every instruction of
many constraints, and nearly always partly.

Deterministic: the same settings give the same weights, bit for bit, with one number of torch threads on one machine.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from re import split as cut
from typing import TYPE_CHECKING, Any

from hirkit.demo import language
from hirkit.demo.language import FILLERS, KINDS, NOUNS, instruction, instructions, write

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

POSITIONS, IGNORED = 256, -100
SPECIAL = PAD, USER, ASSISTANT, END, UNKNOWN = "<|pad|>", "<|user|>", "<|assistant|>", "<|end|>", "<|unknown|>"
TEMPLATE = """{% for turn in messages %}
{% if turn.role == 'assistant' %}<|assistant|>{{ turn.content }}<|end|>{% else %}<|user|>{{ turn.content }}{% endif %}
{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"""


@dataclass(frozen=True, slots=True)
class NanoSettings:
    """How the base model is made: the shape of a Llama, and its warm-up by AdamW on ``batch`` texts a step.

    ``clean_share`` of the steps learn from a writer that obeys everything, the others, after them, from one that obeys
    each constraint with probability ``obey``. The instructions have ``least`` to ``most`` constraints.
    """

    d_model: int = 96
    layers: int = 2
    heads: int = 8
    steps: int = 1500
    batch: int = 64
    lr: float = 3e-3
    clean_share: float = 0.85
    obey: float = 0.2
    least: int = 1
    most: int = 9
    seed: int = 0

    @classmethod
    def tiny(cls) -> NanoSettings:
        """For tests: made in about two seconds, and able to do nothing."""
        return cls(d_model=32, layers=2, heads=2, steps=20, batch=32)


# ---- the tokenizer


def vocabulary() -> list[str]:
    """The pieces of text that are one token: words with a space before them (as text has them) and without (as quoted
    in a prompt), numbers, marks, all that stands between those in prompts, and each printable character.
    """
    lines = {f"\n{line}" for i in instructions(0, 400, len(KINDS), len(KINDS)) for line in i.prompt.split("\n")[2:]}
    phrases = {piece for line in lines for piece in cut(r'(?<=")[a-z]+(?=")|\d+', line)} - {""}
    singular = {phrase.replace("words ", "word ").replace("sentences ", "sentence ") for phrase in phrases}
    words = [*FILLERS, *NOUNS, " Write about"]
    words += [f" {style(word)}" for word in (*FILLERS, *NOUNS) for style in (str, str.title, str.upper)]
    pieces = ["\n", *map(chr, range(32, 127)), *map(str, range(10, 21)), *words, *sorted(lines | phrases | singular)]
    return list(dict.fromkeys(pieces))


def tokenizer() -> PreTrainedTokenizerFast:
    """A tokenizer of that vocabulary: the cut with the fewest pieces. ``decode`` gives back what was encoded.

    A space is put before each text, and taken off in decoding, so that a word is the same token wherever it stands.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers
    from transformers import PreTrainedTokenizerFast

    scored = [(piece, -1.0) for piece in (*SPECIAL, *vocabulary())]
    backend = Tokenizer(models.Unigram(scored, unk_id=SPECIAL.index(UNKNOWN)))
    backend.normalizer = normalizers.Prepend(" ")
    backend.decoder = decoders.Sequence([decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    backend.add_special_tokens(list(SPECIAL))
    made = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=backend,
        pad_token=PAD,
        eos_token=END,
        unk_token=UNKNOWN,
        clean_up_tokenization_spaces=False,
        padding_side="left",
        model_max_length=POSITIONS,
    )
    made.chat_template = TEMPLATE
    return made


# ---- the model


def build(folder: Path, settings: NanoSettings, log: Callable[[str], None] = print) -> Path:
    """A folder in ``folder`` from which transformers loads the warmed-up model and its tokenizer.

    It is made where it is not there yet, and appears whole or not at all. Its name is a hash of settings,
    vocabulary and this file, so that equal runs share it; not of the number of threads, nor of versions of libraries.
    """
    sources = b"".join(Path(str(file)).read_bytes() for file in (__file__, language.__file__))
    made_of = json.dumps([asdict(settings), vocabulary()]).encode() + sources
    done = folder / f"nano-{hashlib.sha256(made_of).hexdigest()[:12]}"
    if done.is_dir():
        return done
    making = folder / f".{done.name}-{os.getpid()}"
    making.mkdir(parents=True, exist_ok=True)
    try:
        tokens = tokenizer()
        warmed_up(tokens, settings, log).save_pretrained(making)
        tokens.save_pretrained(making)
        (making / "nano.json").write_text(json.dumps(asdict(settings), indent=2) + "\n")
        making.rename(done)
    except OSError:
        if not done.is_dir():  # else another run has made it meanwhile
            raise
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return done


def warmed_up(tokens: PreTrainedTokenizerFast, settings: NanoSettings, log: Callable[[str], None]) -> LlamaForCausalLM:
    """A model that has learned from the writer; the loss is that of the response's tokens, the end included."""
    import torch

    def rate(step: int) -> float:  # up in a thirtieth of the steps, down along a cosine to a twentieth
        return min(1.0, 30 * (step + 1) / settings.steps) * (0.525 + 0.475 * math.cos(math.pi * step / settings.steps))

    started = time.monotonic()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        model = _model(tokens, settings)
    log(f"nano: warming up {model.num_parameters():,} parameters, {len(tokens)} tokens, {settings.steps} steps")
    optimizer = torch.optim.AdamW(model.parameters(), lr=settings.lr, betas=(0.9, 0.98), weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    for step in range(1, settings.steps + 1):
        ids, targets = _batch(tokens, settings, step)
        learned = targets[:, 1:] != IGNORED
        hidden = model.model(input_ids=ids).last_hidden_state[:, :-1][learned]
        loss = torch.nn.functional.cross_entropy(model.lm_head(hidden), targets[:, 1:][learned])
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        if step % 100 == 0 or step == settings.steps:
            log(f"nano: step {step}, loss {loss.item():.3f}, {time.monotonic() - started:.0f} s")
    return model


def _model(tokens: PreTrainedTokenizerFast, settings: NanoSettings) -> LlamaForCausalLM:
    from transformers import LlamaConfig, LlamaForCausalLM

    shape = LlamaConfig(
        vocab_size=len(tokens),
        hidden_size=settings.d_model,
        intermediate_size=settings.d_model * 8 // 3 // 8 * 8,
        num_hidden_layers=settings.layers,
        num_attention_heads=settings.heads,
        max_position_embeddings=POSITIONS,
        pad_token_id=tokens.pad_token_id,
        bos_token_id=None,
        eos_token_id=tokens.eos_token_id,
        tie_word_embeddings=True,
        initializer_range=0.05,  # with the usual 0.02, so narrow a model attends to nothing for hundreds of steps
    )
    llama: Any = LlamaForCausalLM  # typed in some versions of transformers only
    made: LlamaForCausalLM = llama(shape)
    return made


def _batch(tokens: PreTrainedTokenizerFast, settings: NanoSettings, step: int) -> tuple[Tensor, Tensor]:
    """Token ids and targets, padded on the right; ``IGNORED`` where nothing is to be learned."""
    import torch
    from torch.nn.utils.rnn import pad_sequence

    keys = [f"warm-up-{settings.seed}-{step}-{row}" for row in range(settings.batch)]
    asked = [instruction(key, settings.least, settings.most, "train") for key in keys]
    obey = 1.0 if step <= settings.clean_share * settings.steps else settings.obey
    texts = [write(one, Random(f"writer-{one.key}"), obey) + END for one in asked]
    prompts = tokens([f"{USER}{one.prompt}{ASSISTANT}" for one in asked], add_special_tokens=False).input_ids
    pairs = list(zip(prompts, tokens(texts, add_special_tokens=False).input_ids, strict=True))
    ids = [torch.tensor(prompt + text) for prompt, text in pairs]
    targets = [torch.tensor([IGNORED] * len(prompt) + text) for prompt, text in pairs]
    return pad_sequence(ids, True, SPECIAL.index(PAD)), pad_sequence(targets, True, IGNORED)
