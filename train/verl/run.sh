#!/usr/bin/env bash
# HiR on verl 0.9.1 with the paper's settings, for one machine of 4 GPUs. Not run: it needs Ray and GPUs (README.md).
#   python -m train.verl.data prompts.jsonl train.parquet && python -m train.verl.data heldout.jsonl heldout.parquet
#   train/verl/run.sh MODEL train.parquet heldout.parquet [key=value ...]
set -euo pipefail
model=$1 train=$2 heldout=$3
shift 3

# 64 instructions, 6 rollouts and about 2 replays of each: 512 rows. Two mini-batches of 48 * 6 rows (verl pads), so that
# they divide by 4 GPUs and micro-batches of 8.
exec python -m verl.trainer.main_ppo \
  data.train_files="$train" data.val_files="$heldout" data.train_batch_size=64 \
  data.max_prompt_length=2048 data.max_response_length=4096 \
  data.filter_overlong_prompts=True data.truncation=error \
  reward.custom_reward_function.path=pkg://hirkit.reward reward.custom_reward_function.name=compute_score \
  algorithm.adv_estimator=reinforce_plus_plus algorithm.use_kl_in_reward=True \
  algorithm.kl_penalty=kl algorithm.kl_ctrl.kl_coef=0.001 \
  actor_rollout_ref.model.path="$model" actor_rollout_ref.model.enable_gradient_checkpointing=True \
  actor_rollout_ref.actor.optim.lr=1e-6 actor_rollout_ref.actor.ppo_mini_batch_size=48 \
  actor_rollout_ref.actor.ppo_micro_batch_size_per_gpu=8 actor_rollout_ref.actor.use_kl_loss=False \
  actor_rollout_ref.actor.entropy_coeff=0 actor_rollout_ref.actor.loss_agg_mode=token-mean \
  actor_rollout_ref.ref.log_prob_micro_batch_size_per_gpu=8 \
  actor_rollout_ref.rollout.name=vllm actor_rollout_ref.rollout.n=6 \
  actor_rollout_ref.rollout.calculate_log_probs=True actor_rollout_ref.rollout.log_prob_micro_batch_size_per_gpu=8 \
  actor_rollout_ref.rollout.tensor_model_parallel_size=2 actor_rollout_ref.rollout.gpu_memory_utilization=0.6 \
  actor_rollout_ref.rollout.val_kwargs.temperature=0 \
  trainer.use_v1=True trainer.v1.trainer_mode=sync \
  trainer.v1.sampler.custom_sampler.path=pkg://train.verl.buffer \
  trainer.v1.sampler.custom_sampler.name=HiRBuffer \
  +trainer.v1.sampler.sampler_kwargs.tokenizer="$model" \
  +trainer.v1.sampler.sampler_kwargs.rules=fixed +trainer.v1.sampler.sampler_kwargs.scope=batch \
  trainer.n_gpus_per_node=4 trainer.nnodes=1 trainer.total_epochs=5 trainer.save_freq=100 trainer.test_freq=10 \
  "$@"
