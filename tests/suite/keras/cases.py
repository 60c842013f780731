"""Makes cases.json: what Keras's layers answer on small cases, and 20 training steps in double precision that JAX differentiates.

    python3 -m venv venv && venv/bin/pip install keras==3.15.1 jax==0.10.2 && venv/bin/python tests/suite/keras/cases.py
"""
import json, os, pathlib

os.environ["KERAS_BACKEND"] = "jax"
import jax

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
import keras
import numpy as np

keras.config.set_floatx("float64")
keras.config.set_dtype_policy("float64")
draws = np.random.default_rng(16)


def normal(*shape):
    return np.round(draws.normal(size=shape), 3)


def tensor(x):
    x = np.asarray(x)
    return {"shape": list(x.shape), "values": x.ravel().tolist()}


def case(name, layer, x, positive=(), training=False):
    """The layer's answer, with weights of random numbers; and its weights after a call in training."""
    layer.build(x.shape)
    for weight in layer.weights:
        value = normal(*weight.shape)
        weight.assign(abs(value) + 0.5 if weight.name in positive else value)
    before = [tensor(weight) for weight in layer.weights]
    y = layer(x, training=True) if training else layer(x)
    return {
        "name": name,
        "names": [weight.name for weight in layer.weights],
        "x": tensor(x),
        "before": before,
        "y": tensor(y),
        "after": [tensor(weight) for weight in layer.weights],
    }


L = keras.layers
variance = ("moving_variance",)
cases = [
    case("batch_norm eval", L.BatchNormalization(), normal(5, 3), variance),
    case("batch_norm eval", L.BatchNormalization(), normal(2, 4, 3), variance),
    case("batch_norm train", L.BatchNormalization(), normal(5, 3), variance, training=True),
    case("batch_norm train", L.BatchNormalization(), normal(2, 4, 3), variance, training=True),
    case("layer_norm", L.LayerNormalization(), normal(4, 6)),
    case("layer_norm", L.LayerNormalization(), normal(2, 3, 5)),
    case("embedding", L.Embedding(7, 3), draws.integers(0, 7, (2, 4)).astype("float64")),
    case("gru last", L.GRU(3), normal(2, 5, 4)),
    case("gru sequences", L.GRU(4, return_sequences=True), normal(3, 6, 2)),
]


def training():
    """20 steps of Adam on Dense, BatchNorm, ReLU, Dense, differentiated by JAX from the formulas alone."""
    x, y = normal(20, 12, 5), draws.integers(0, 3, (20, 12))
    shapes = {"w": (5, 8), "gamma": (8,), "beta": (8,), "v": (8, 3), "b": (3,)}
    params = {name: jnp.asarray(normal(*shape)) for name, shape in shapes.items()}
    state = {"mean": jnp.zeros(8), "variance": jnp.ones(8)}
    begin = {name: tensor(value) for name, value in params.items()}

    def loss(params, x, y):
        h = x @ params["w"]
        mean, variance = h.mean(0), h.var(0)
        h = (h - mean) / jnp.sqrt(variance + 1e-3) * params["gamma"] + params["beta"]
        logits = jnp.maximum(h, 0) @ params["v"] + params["b"]
        chosen = jax.nn.log_softmax(logits)[jnp.arange(len(y)), y]
        return -chosen.mean(), (mean, variance)

    m = {name: jnp.zeros_like(value) for name, value in params.items()}
    v = dict(m)
    losses = []
    for t in range(1, 21):
        (value, (mean, variance)), g = jax.value_and_grad(loss, has_aux=True)(params, x[t - 1], y[t - 1])
        losses.append(float(value))
        state = {"mean": 0.99 * state["mean"] + 0.01 * mean, "variance": 0.99 * state["variance"] + 0.01 * variance}
        for name in params:
            m[name] = m[name] + 0.1 * (g[name] - m[name])
            v[name] = v[name] + 0.001 * (g[name] ** 2 - v[name])
            rate = 0.05 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
            params[name] = params[name] - rate * m[name] / (jnp.sqrt(v[name]) + 1e-7)
    end = {name: tensor(value) for name, value in {**params, **state}.items()}
    return {"x": tensor(x), "y": y.ravel().tolist(), "begin": begin, "end": end, "losses": losses}


text = json.dumps({"keras": keras.__version__, "jax": jax.__version__, "layers": cases, "training": training()})
pathlib.Path(__file__).with_name("cases.json").write_text(text + "\n")
