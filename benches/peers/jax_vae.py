"""One epoch of the VAE 784-400-20 in JAX, compiled, with optax's Adam. pip install jax optax numpy"""

import functools

import jax
import jax.numpy as jnp
import mnist
import numpy
import optax

data = jnp.asarray(mnist.train_images())
adam = optax.adam(1e-3)
glorot = jax.nn.initializers.glorot_uniform()
shapes = [(784, 400), (400, 40), (20, 400), (400, 784)]
keys = jax.random.split(jax.random.key(0), len(shapes))
parameters = [(glorot(key, shape), jnp.zeros(shape[1])) for key, shape in zip(keys, shapes)]


def loss_of(parameters, batch, key):
    hidden, both, up, out = parameters
    h = jax.nn.relu(batch @ hidden[0] + hidden[1])
    mean, log_variance = jnp.split(h @ both[0] + both[1], 2, axis=1)
    z = mean + jnp.exp(0.5 * log_variance) * jax.random.normal(key, mean.shape)
    logits = jax.nn.relu(z @ up[0] + up[1]) @ out[0] + out[1]
    reconstruction = jnp.sum(optax.sigmoid_binary_cross_entropy(logits, batch))
    divergence = -0.5 * jnp.sum(1 + log_variance - mean**2 - jnp.exp(log_variance))
    return (reconstruction + divergence) / len(batch)


def step(state, batch):
    parameters, moments, key = state
    key, drawn = jax.random.split(key)
    gradients = jax.grad(loss_of)(parameters, batch, drawn)
    updates, moments = adam.update(gradients, moments)
    return (optax.apply_updates(parameters, updates), moments, key), None


@functools.partial(jax.jit, donate_argnums=0)
def train(state, data, order):
    """The whole epoch as one compiled program."""
    whole = len(order) // 128 * 128
    batches = order[:whole].reshape(-1, 128)
    state, _ = jax.lax.scan(lambda state, rows: step(state, data[rows]), state, batches)
    return step(state, data[order[whole:]])[0]


state = (parameters, adam.init(parameters), jax.random.key(1))


def epoch():
    global state
    state = train(state, data, numpy.random.permutation(len(data)))
    jax.block_until_ready(state)


mnist.serve(epoch)
