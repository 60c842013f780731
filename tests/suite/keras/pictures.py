"""Makes pictures.json: what Keras's layers for pictures answer on small random cases.

    python3 -m venv venv && venv/bin/pip install keras==3.15.1 tensorflow-cpu==2.21.0
    venv/bin/python tests/suite/keras/pictures.py 12        # as committed; any other number is as good

Keras pads as `valid` and `same` say. A third padding is that of PyTorch, by numbers of rows and columns: zeros for a convolution, and
for max pooling what never wins, here put around the picture first.
"""
import json, os, pathlib, sys

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
import keras
import numpy as np

draws = np.random.default_rng(20)
L = keras.layers


def normal(*shape):
    return np.round(draws.normal(size=shape), 2)


def tensor(x):
    x = np.asarray(x, dtype="float32")
    return {"shape": list(x.shape), "values": [float(str(value)) for value in x.ravel()]}


def case(number):
    kind = ["conv2d", "max_pool2d", "depthwise_conv2d", "avg_pool2d", "separable_conv2d"][number % 5]
    size, stride, dilation = draws.integers(1, 4, 2), draws.integers(1, 4, 2), draws.integers(1, 3, 2)
    # The first of each kind is padded by PyTorch's rule where it has one that means the same; the others as they come.
    padding = ["explicit", "same", "valid"][number // 5 % 3]
    if kind in ("avg_pool2d", "separable_conv2d") and padding == "explicit":
        padding = "same"
    if number == 1:
        size, stride = np.array([3, 3]), np.array([2, 2])
    # TensorFlow has a stride or a dilation, not both, and of depthwise convolutions one stride both ways.
    if "conv" in kind and draws.integers(2):
        stride = np.array([1, 1])
    else:
        dilation = np.array([1, 1])
    if kind in ("depthwise_conv2d", "separable_conv2d"):
        stride, dilation = stride[[0, 0]], dilation[[0, 0]]
    pads = draws.integers(0, size) if padding == "explicit" else np.array([0, 0])
    height, width = (size - 1) * dilation + 1 + draws.integers(0, 5, 2)
    channels, filters = (int(n) for n in draws.integers(1, 4, 2))
    x = normal(2, height, width, channels)

    pairs = [tuple(map(int, pair)) for pair in (size, stride, dilation)]
    size, stride, dilation = pairs
    how = {"strides": stride, "padding": "valid" if padding == "explicit" else padding}
    layer = {
        "conv2d": lambda: L.Conv2D(filters, size, dilation_rate=dilation, **how),
        "depthwise_conv2d": lambda: L.DepthwiseConv2D(size, dilation_rate=dilation, **how),
        "separable_conv2d": lambda: L.SeparableConv2D(filters, size, dilation_rate=dilation, **how),
        "max_pool2d": lambda: L.MaxPooling2D(size, **how),
        "avg_pool2d": lambda: L.AveragePooling2D(size, **how),
    }[kind]()
    around = [(0, 0), (pads[0], pads[0]), (pads[1], pads[1]), (0, 0)]
    larger = np.pad(x, around, constant_values=-1e30 if kind == "max_pool2d" else 0)
    layer.build(larger.shape)
    for weight in layer.weights:
        weight.assign(normal(*weight.shape))
    return {
        "kind": kind,
        "size": size,
        "stride": stride,
        "dilation": dilation,
        "padding": [int(n) for n in pads] if padding == "explicit" else padding,
        "filters": filters,
        "x": tensor(x),
        "weights": [tensor(weight) for weight in layer.weights],
        "y": tensor(layer(larger.astype("float32"))),
    }


text = json.dumps({"keras": keras.__version__, "cases": [case(number) for number in range(int(sys.argv[1]))]})
pathlib.Path(__file__).with_name("pictures.json").write_text(text + "\n")
