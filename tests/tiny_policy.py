"""A policy for tests: two layers of random weights that write the nano language's words, and come to an end."""

from __future__ import annotations

from pathlib import Path

import torch

from tests.tiny_llama import llama
from train import nano

LIKELY = {
    "<|end|>": 1.0,
    "river": 1.0,
    " river": 1.1,
    " moon": 1.0,
    ".": 1.0,
    "!": 0.8,
    ",": 0.8,
    " the": 1.0,
    " RIVER": 0.9,
}


def save(folder: Path, seed: int = 0, **settings: object) -> Path:
    """The policy and its tokenizer, as transformers loads them.

    Embeddings share a direction, and likely tokens' logits follow it; all else is noise.
    """
    tokens = nano.tokenizer()
    ends = {"eos_token_id": tokens.eos_token_id, "pad_token_id": tokens.pad_token_id, "bos_token_id": None}
    lm = llama(len(tokens), seed, tie_word_embeddings=False, **ends, **settings)
    direction = torch.ones(lm.config.hidden_size) / lm.config.hidden_size**0.5
    with torch.no_grad():
        lm.model.embed_tokens.weight.normal_(std=0.2).add_(direction)
        lm.lm_head.weight.normal_(std=0.05)
        for token, likely in LIKELY.items():
            (id,) = tokens.convert_tokens_to_ids([token])
            assert id != tokens.unk_token_id, token
            lm.lm_head.weight[id] += likely * direction
    lm.save_pretrained(folder)
    tokens.save_pretrained(folder)
    return folder
