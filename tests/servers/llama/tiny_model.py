"""Writes a llama model of two layers with random weights, half a megabyte: its words are noise, the server around it is real.

tiny_model.py FILE
"""

import sys

import gguf
import numpy as np

EMBEDDING, HEADS, FEED_FORWARD, LAYERS, CONTEXT = 64, 4, 128, 2, 512
WORDS = ["the", "cat", "hello", "world", "image", "a"]
TEMPLATE = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant:"

tokens = [b"<unk>", b"<s>", b"</s>"] + [f"<0x{byte:02X}>".encode() for byte in range(256)] + [f"\u2581{word}".encode() for word in WORDS]
kinds = (
    [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL]
    + [gguf.TokenType.BYTE] * 256
    + [gguf.TokenType.NORMAL] * len(WORDS)
)

model = gguf.GGUFWriter(sys.argv[1], "llama")
model.add_name("tiny")
model.add_context_length(CONTEXT)
model.add_embedding_length(EMBEDDING)
model.add_block_count(LAYERS)
model.add_feed_forward_length(FEED_FORWARD)
model.add_head_count(HEADS)
model.add_head_count_kv(HEADS)
model.add_layer_norm_rms_eps(1e-5)
model.add_rope_dimension_count(EMBEDDING // HEADS)
model.add_vocab_size(len(tokens))
model.add_tokenizer_model("llama")
model.add_token_list(tokens)
model.add_token_scores([0.0] * len(tokens))
model.add_token_types(kinds)
model.add_bos_token_id(1)
model.add_eos_token_id(2)
model.add_unk_token_id(0)
model.add_chat_template(TEMPLATE)

random = np.random.default_rng(0)


def weights(*shape):
    return (random.standard_normal(shape) * 0.05).astype(np.float32)


model.add_tensor("token_embd.weight", weights(len(tokens), EMBEDDING))
model.add_tensor("output_norm.weight", np.ones(EMBEDDING, np.float32))
model.add_tensor("output.weight", weights(len(tokens), EMBEDDING))
for layer in range(LAYERS):
    name = f"blk.{layer}."
    for norm in ("attn_norm", "ffn_norm"):
        model.add_tensor(f"{name}{norm}.weight", np.ones(EMBEDDING, np.float32))
    for attention in ("attn_q", "attn_k", "attn_v", "attn_output"):
        model.add_tensor(f"{name}{attention}.weight", weights(EMBEDDING, EMBEDDING))
    model.add_tensor(f"{name}ffn_gate.weight", weights(FEED_FORWARD, EMBEDDING))
    model.add_tensor(f"{name}ffn_up.weight", weights(FEED_FORWARD, EMBEDDING))
    model.add_tensor(f"{name}ffn_down.weight", weights(EMBEDDING, FEED_FORWARD))

model.write_header_to_file()
model.write_kv_data_to_file()
model.write_tensors_to_file()
model.close()
