"""One epoch of 784-32-784 in JAX, compiled, with optax's Adam. pip install jax optax numpy"""

import functools

import jax
import jax.numpy as jnp
import mnist
import numpy
import optax

data = jnp.asarray(mnist.train_images())
adam = optax.adam(1e-3, eps=1e-7)
glorot = jax.nn.initializers.glorot_uniform()
keys = jax.random.split(jax.random.key(0), 2)
parameters = (
    glorot(keys[0], (784, 32)), jnp.zeros(32), glorot(keys[1], (32, 784)), jnp.zeros(784)
)


def loss_of(parameters, batch):
    w1, b1, w2, b2 = parameters
    output = jax.nn.sigmoid(jax.nn.relu(batch @ w1 + b1) @ w2 + b2)
    return jnp.mean((output - batch) ** 2)


def step(state, batch):
    parameters, moments = state
    gradients = jax.grad(loss_of)(parameters, batch)
    updates, moments = adam.update(gradients, moments)
    return (optax.apply_updates(parameters, updates), moments), None


@functools.partial(jax.jit, donate_argnums=0)
def train(state, data, order):
    """The whole epoch as one compiled program."""
    whole = len(order) // 256 * 256
    batches = order[:whole].reshape(-1, 256)
    state, _ = jax.lax.scan(lambda state, rows: step(state, data[rows]), state, batches)
    return step(state, data[order[whole:]])[0]


state = (parameters, adam.init(parameters))


def epoch():
    global state
    state = train(state, data, numpy.random.permutation(len(data)))
    jax.block_until_ready(state)


mnist.serve(epoch)
