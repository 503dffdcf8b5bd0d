"""Training of a convolutional autoencoder in JAX, compiled, on 12,800 rows, with optax's Adam.
pip install jax optax numpy"""

import functools

import jax
import jax.numpy as jnp
import mnist
import numpy
import optax

data = jnp.asarray(mnist.train_images()[:12800]).reshape(-1, 28, 28, 1)
adam = optax.adam(1e-3)
glorot = jax.nn.initializers.glorot_uniform()
shapes = [(3, 3, 1, 16), (3, 3, 16, 32), (1568, 64), (64, 1568), (3, 3, 32, 16), (3, 3, 16, 1)]
keys = jax.random.split(jax.random.key(0), len(shapes))
parameters = [(glorot(key, shape), jnp.zeros(shape[-1])) for key, shape in zip(keys, shapes)]
layout = ("NHWC", "HWIO", "NHWC")


def conv(x, layer):
    return jax.lax.conv_general_dilated(x, layer[0], (2, 2), ((1, 1), (1, 1)), dimension_numbers=layout) + layer[1]


def transposed(x, layer):
    return jax.lax.conv_general_dilated(
        x, layer[0], (1, 1), ((1, 2), (1, 2)), lhs_dilation=(2, 2), dimension_numbers=layout
    ) + layer[1]


def loss_of(parameters, batch):
    relu = jax.nn.relu
    x = relu(conv(relu(conv(batch, parameters[0])), parameters[1])).reshape(len(batch), -1)
    code = x @ parameters[2][0] + parameters[2][1]
    x = relu(code @ parameters[3][0] + parameters[3][1]).reshape(-1, 7, 7, 32)
    x = jax.nn.sigmoid(transposed(relu(transposed(x, parameters[4])), parameters[5]))
    return jnp.mean((x - batch) ** 2)


def step(state, batch):
    parameters, moments = state
    gradients = jax.grad(loss_of)(parameters, batch)
    updates, moments = adam.update(gradients, moments)
    return (optax.apply_updates(parameters, updates), moments), None


@functools.partial(jax.jit, donate_argnums=0)
def train(state, data, order):
    """The whole epoch as one compiled program."""
    return jax.lax.scan(lambda state, rows: step(state, data[rows]), state, order.reshape(-1, 128))[0]


state = (parameters, adam.init(parameters))


def epoch():
    global state
    state = train(state, data, numpy.random.permutation(len(data)))
    jax.block_until_ready(state)


mnist.serve(epoch)
