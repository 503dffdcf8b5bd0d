"""One epoch of 784-1000-500-250-30 and back in JAX, compiled, with optax's Adam. pip install jax optax numpy"""

import functools

import jax
import jax.numpy as jnp
import mnist
import numpy
import optax

data = jnp.asarray(mnist.train_images())
adam = optax.adam(1e-3, eps=1e-7)
glorot = jax.nn.initializers.glorot_uniform()
sizes = [784, 1000, 500, 250, 30, 250, 500, 1000, 784]
keys = jax.random.split(jax.random.key(0), len(sizes))
parameters = [(glorot(key, (a, b)), jnp.zeros(b)) for key, a, b in zip(keys, sizes, sizes[1:])]


def loss_of(parameters, batch):
    x = batch
    for weight, bias in parameters:
        x = x @ weight + bias
        if weight.shape[1] == 784:
            x = jax.nn.sigmoid(x)
        elif weight.shape[1] != 30:
            x = jax.nn.relu(x)
    return jnp.mean((x - batch) ** 2)


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
