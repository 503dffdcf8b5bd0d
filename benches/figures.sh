#!/usr/bin/env bash
# All figures of docs/performance.md but the build times, in about eight minutes on a quiet machine.
#
#   LATENTS_MNIST=FOLDER [LATENTS_PYTHON=python3] bash benches/figures.sh
#
# FOLDER holds MNIST's IDX files. The Python, if given, has torch, or jax and optax, and runs them beside us.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${LATENTS_MNIST:?names the folder of MNIST\'s IDX files}"
export LATENTS_MNIST

cargo build --quiet --release -p latents-cli
cargo build --quiet --release -p latents-benches --features tables --examples
latents=target/release/latents
out=$(mktemp -d)
trap 'rm -r "$out"' EXIT

peers=()
for peer in torch jax; do
  if "${LATENTS_PYTHON:-python3}" -c "import $peer" 2>/dev/null; then
    peers+=("$peer=${LATENTS_PYTHON:-python3} benches/peers/${peer}_epoch.py")
  fi
done

echo "== one epoch of 784-32-784"
for isa in '' avx2; do
  env ${isa:+LATENTS_SIMD=$isa} target/release/examples/epoch_table 9 ${peers[@]+"${peers[@]}"}
done
target/release/examples/epoch_table 9 # without the peers' processes beside it

# Peers of another model: the scripts that end in its name.
peers_of() {
  local peer
  for peer in torch jax; do
    if [[ " ${peers[*]-} " == *"${peer}_epoch.py"* && -f "benches/peers/${peer}_$1.py" ]]; then
      echo "$peer=${LATENTS_PYTHON:-python3} benches/peers/${peer}_$1.py"
    fi
  done
}

for model in vae deep top_k; do
  echo "== one epoch of the model '$model'"
  mapfile -t others < <(peers_of "$model")
  target/release/examples/model_table "$model" 3 ${others[@]+"${others[@]}"}
done

echo "== the convolutional autoencoder, 1-16-32 channels and a code of 64"
mapfile -t others < <(peers_of conv)
target/release/examples/conv_table 3 ${others[@]+"${others[@]}"}

echo "== matrix products"
for isa in '' avx2; do
  env ${isa:+LATENTS_SIMD=$isa} target/release/examples/gemm_table f32
done
target/release/examples/gemm_table f64

echo "== peak memory of 50 epochs on MNIST, and their validation MSE"
"$latents" train undercomplete --data "$LATENTS_MNIST" --latent 32 --epochs 50 --out "$out/mnist" --json 2>/dev/null &
process=$!
while kill -0 "$process" 2>/dev/null; do
  peak=$(awk '/VmHWM/ { print $2 }' "/proc/$process/status" 2>/dev/null || true)
  [ -z "$peak" ] || echo "$peak" >"$out/peak"
  sleep 0.02
done
wait "$process"
echo "peak: $(cat "$out/peak") KiB; allowed: $((70000 * 784 / 1024 + 65536)) KiB"

echo "== from the start of the command to the end of its first training step, on the digits"
for run in 1 2 3 4 5; do
  LATENTS_TIMING=1 "$latents" train --epochs 1 --out "$out/start-$run" --quiet 2>&1 | grep -i step
done
