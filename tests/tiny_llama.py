"""Models of random weights and next to no size, and tokenizers of bytes: for tests of what runs real ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def llama(vocabulary: int, seed: int = 0, **shape: Any) -> Any:
    """Two layers, 32 wide, of two heads, or another ``shape``."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    usual = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    return LlamaForCausalLM(LlamaConfig(vocab_size=vocabulary, **(usual | shape))).eval()


def tokenizer(template: str | None, special: Sequence[str], **roles: Any) -> Any:
    """One token per byte, then the special ones, of which some have ``roles`` such as ``eos_token``."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    tokens = [*sorted(pre_tokenizers.ByteLevel.alphabet()), *special]
    made = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(tokens)}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=made, **roles)
    fast.chat_template = template
    return fast
