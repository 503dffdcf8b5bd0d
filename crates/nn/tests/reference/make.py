"""Reference values of PyTorch for the tests of latents-nn.

    python -m venv venv && venv/bin/pip install torch numpy safetensors
    venv/bin/python make.py                     writes the files beside this script
    venv/bin/python make.py check FILE          loads FILE, saved by `save_state`, into the same model, strictly

Every file exists in f64 and f32; the f32 one starts from the same numbers, rounded. The files here are of torch 2.15.0.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

HERE = Path(__file__).parent
STEPS = 20
SHOWN = (1, 2, 10, 20)


def numbers(seed, *shape):
    """Uniform numbers in (-1, 1) that depend on nothing but the seed."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(*shape, dtype=torch.float64, generator=generator) * 2 - 1


def network():
    return nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 4), nn.ReLU(), nn.Linear(4, 3), nn.Sigmoid())


def started(dtype):
    model = network().to(dtype)
    with torch.no_grad():
        for index, parameter in enumerate(model.parameters()):
            parameter.copy_(numbers(100 + index, *parameter.shape) * 0.8)
    return model


def losses(dtype):
    out = {}
    wide, target = numbers(1, 4, 6).to(dtype) * 2, numbers(2, 4, 6).to(dtype)
    probability, share = (numbers(3, 4, 6).to(dtype) + 1) / 2, (numbers(4, 4, 6).to(dtype) + 1) / 2
    probability[0, 0], probability[0, 1], probability[1, 0], probability[1, 1] = 0.0, 1.0, 0.0, 1.0
    share[0, 0], share[0, 1], share[1, 0], share[1, 1] = 0.0, 1.0, 1.0, 0.0
    logits = wide * 10
    out |= {"wide": wide, "target": target, "probability": probability, "share": share, "logits": logits}
    classes = torch.tensor([3, 0, 5, 3])
    cases = {
        "mse": (nn.MSELoss, {}, wide, target),
        "mae": (nn.L1Loss, {}, wide, target),
        "huber_1": (nn.HuberLoss, {"delta": 1.0}, wide, target),
        "huber_0.3": (nn.HuberLoss, {"delta": 0.3}, wide, target),
        "bce": (nn.BCELoss, {}, probability, share),
        "bce_with_logits": (nn.BCEWithLogitsLoss, {}, logits, share),
        "cross_entropy": (nn.CrossEntropyLoss, {}, logits, classes),
    }
    for name, (loss, options, prediction, aim) in cases.items():
        for reduction in ("sum", "mean", "batch_mean"):
            x = prediction.clone().requires_grad_()
            value = loss(reduction="mean" if reduction == "mean" else "sum", **options)(x, aim)
            if reduction == "batch_mean":
                value = value / len(x)
            value.backward()
            out[f"{name}.{reduction}.value"], out[f"{name}.{reduction}.gradient"] = value.detach(), x.grad
    return out


def activations(dtype):
    zeros = torch.tensor([0.0, -0.0], dtype=torch.float64)
    x = torch.cat([torch.linspace(-9, 9, 61, dtype=torch.float64), zeros, numbers(5, 29) * 3]).reshape(4, 23).to(dtype)
    seed = numbers(6, 4, 23).to(dtype)
    out = {"x": x, "seed": seed}
    cases = {
        "identity": nn.Identity(),
        "relu": nn.ReLU(),
        "leaky_relu": nn.LeakyReLU(),
        "leaky_relu(0.2)": nn.LeakyReLU(0.2),
        "elu": nn.ELU(),
        "elu(0.5)": nn.ELU(0.5),
        "gelu": nn.GELU(),
        "silu": nn.SiLU(),
        "softplus": nn.Softplus(),
        "tanh": nn.Tanh(),
        "sigmoid": nn.Sigmoid(),
        "softmax": nn.Softmax(-1),
    }
    for name, function in cases.items():
        at = x.clone().requires_grad_()
        y = function(at)
        (y * seed).sum().backward()
        out[f"{name}.value"], out[f"{name}.gradient"] = y.detach(), at.grad
    return out


OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.3),
    "sgd_decay": lambda p: torch.optim.SGD(p, lr=0.3, weight_decay=0.05),
    "sgd_momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "sgd_dampening": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.8, dampening=0.3, weight_decay=0.01),
    "sgd_nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "adam": lambda p: torch.optim.Adam(p, lr=0.02),
    "adam_betas": lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.05),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.02, weight_decay=0.1),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01),
    "rmsprop_centered": lambda p: torch.optim.RMSprop(p, lr=0.01, centered=True, weight_decay=0.02),
    "rmsprop_momentum": lambda p: torch.optim.RMSprop(p, lr=0.005, alpha=0.9, momentum=0.9),
    "rmsprop_both": lambda p: torch.optim.RMSprop(p, lr=0.005, alpha=0.9, momentum=0.5, centered=True, eps=1e-4),
}


def optimizers(dtype):
    """Twenty steps, a batch of its own each, and what is left in the optimiser."""
    x, target = numbers(7, STEPS, 8, 5).to(dtype), ((numbers(8, STEPS, 8, 3) + 1) / 2).to(dtype)
    out = {"x": x, "target": target}
    out |= {f"start.{name}": value for name, value in started(dtype).state_dict().items()}
    for case, make in OPTIMIZERS.items():
        model = started(dtype)
        optimizer = make(model.parameters())
        values = []
        for step in range(STEPS):
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(x[step]), target[step])
            loss.backward()
            if case == "sgd" and step == 0:
                out |= {f"gradient.{name}": p.grad.clone() for name, p in model.named_parameters()}
            optimizer.step()
            values.append(loss.detach())
            if step + 1 in SHOWN:
                out |= {f"{case}.{step + 1}.{name}": v.clone() for name, v in model.state_dict().items()}
        out[f"{case}.losses"] = torch.stack(values)
        for name, parameter in model.named_parameters():
            for moment, value in optimizer.state[parameter].items():
                if moment != "step" and value is not None:
                    out[f"{case}.state.{name}.{moment}"] = value.clone()
    model = started(dtype)
    nn.functional.mse_loss(model(x[0]), target[0], reduction="sum").backward()
    out["clip.norm"] = nn.utils.clip_grad_norm_(model.parameters(), 0.7)
    out |= {f"clip.{name}": p.grad.clone() for name, p in model.named_parameters()}
    return out


SCHEDULE_STEPS = 40


def schedules():
    """The multiplier of each of forty steps, by the text of the schedule."""
    lr, S = torch.optim.lr_scheduler, SCHEDULE_STEPS
    plain = {
        "step:7:0.5": lambda o, n: lr.StepLR(o, 7, 0.5),
        "exponential:0.93": lambda o, n: lr.ExponentialLR(o, 0.93),
        "cosine": lambda o, n: lr.CosineAnnealingLR(o, n),
        "cosine:0.2": lambda o, n: lr.CosineAnnealingLR(o, n, eta_min=0.2),
        "one-cycle:10": lambda o, n: lr.OneCycleLR(o, 10, total_steps=n, div_factor=10, final_div_factor=1e4),
        "one-cycle:1.5": lambda o, n: lr.OneCycleLR(o, 1.5, total_steps=n, div_factor=1.5, final_div_factor=1e4),
    }
    warm = {"constant": lambda o, n: lr.ConstantLR(o, 1.0)} | {
        text: make for text, make in plain.items() if not text.startswith("one-cycle")
    }

    def after_warmup(make):
        def both(optimizer, n):
            first = lr.LinearLR(optimizer, start_factor=1 / 10, total_iters=9)
            return lr.SequentialLR(optimizer, [first, make(optimizer, n - 9)], milestones=[9])

        return both

    cases = plain | {f"warmup:9+{text}": after_warmup(make) for text, make in warm.items()}
    out = []
    for text, make in cases.items():
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
        scheduler = make(optimizer, S)
        values = []
        for step in range(S):
            values.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if step + 1 < S:
                scheduler.step()
        out.append([text, values])
    return out


# kernel, stride, padding, dilation, groups, output padding (of the transposed one), size
CONVOLUTIONS = {
    "plain": ((3, 3), (1, 1), (0, 0), (1, 1), 1, (0, 0), (6, 5)),
    "stride": ((3, 3), (2, 2), (1, 1), (1, 1), 1, (1, 1), (8, 6)),
    "uneven": ((3, 2), (3, 2), (2, 0), (1, 2), 1, (1, 0), (9, 8)),
    "dilation": ((2, 3), (1, 1), (1, 2), (3, 2), 1, (0, 0), (7, 6)),
    "groups": ((3, 3), (2, 1), (1, 1), (1, 1), 2, (0, 0), (6, 5)),
    "depthwise": ((3, 3), (1, 1), (1, 1), (2, 2), 4, (0, 0), (6, 7)),
    "all": ((3, 2), (2, 3), (2, 1), (2, 3), 2, (1, 2), (9, 8)),
}


def convolutions(dtype):
    """Both kinds of layers with 4 channels in and 6 out (4 where depthwise): values and all gradients, batch 2."""
    out = {}
    for index, (case, (kernel, stride, padding, dilation, groups, extra, size)) in enumerate(CONVOLUTIONS.items()):
        outputs = 4 if groups == 4 else 6
        options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        layers = {
            "conv": nn.Conv2d(4, outputs, kernel, **options),
            "transposed": nn.ConvTranspose2d(4, outputs, kernel, output_padding=extra, **options),
        }
        for kind, layer in layers.items():
            layer = layer.to(dtype)
            with torch.no_grad():
                for part, parameter in enumerate(layer.parameters()):
                    parameter.copy_(numbers(200 + 10 * index + part, *parameter.shape))
            shape = size if kind == "conv" else tuple(s // 2 for s in size)
            x = numbers(300 + index, 2, 4, *shape).to(dtype).requires_grad_()
            y = layer(x)
            seed = numbers(400 + index, *y.shape).to(dtype)
            (y * seed).sum().backward()
            values = {"x": x, "weight": layer.weight, "bias": layer.bias, "y": y, "seed": seed}
            values |= {"gradient.x": x.grad, "gradient.weight": layer.weight.grad, "gradient.bias": layer.bias.grad}
            out |= {f"{kind}.{case}.{name}": value.detach().clone() for name, value in values.items()}
    return out


def convolutional():
    """The layers of tests/suite/conv.rs."""
    window = {"kernel_size": 3, "stride": 2, "padding": 1}
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 3, **window), nn.ReLU(), nn.Conv2d(3, 5, **window), nn.ReLU(),
        nn.Flatten(), nn.Linear(20, 4), nn.Linear(4, 20), nn.ReLU(), nn.Unflatten(1, (5, 2, 2)),
        nn.ConvTranspose2d(5, 3, output_padding=1, **window), nn.ReLU(),
        nn.ConvTranspose2d(3, 1, output_padding=1, **window), nn.Flatten(), nn.Sigmoid(),
    )


def autoencoder(dtype):
    """A convolutional autoencoder: state, one loss, all gradients."""
    model = convolutional().to(dtype)
    with torch.no_grad():
        for index, parameter in enumerate(model.parameters()):
            parameter.copy_(numbers(500 + index, *parameter.shape) * 0.5)
    x = ((numbers(600, 3, 64) + 1) / 2).to(dtype)
    y = model(x)
    loss = nn.functional.mse_loss(y, x)
    loss.backward()
    out = {"x": x, "y": y, "loss": loss} | {f"start.{name}": value for name, value in model.state_dict().items()}
    return out | {f"gradient.{name}": parameter.grad for name, parameter in model.named_parameters()}


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Dropout(), nn.Linear(16, 4, bias=False))
        self.decoder = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Sequential(nn.Linear(16, 64), nn.Sigmoid()))


def main():
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    for label, dtype in (("f64", torch.float64), ("f32", torch.float32)):
        for name, make in (
            ("losses", losses),
            ("activations", activations),
            ("optimizers", optimizers),
            ("convolutions", convolutions),
            ("autoencoder", autoencoder),
        ):
            values = {key: value.detach().contiguous().clone() for key, value in make(dtype).items()}
            save_file(values, HERE / f"{name}_{label}.safetensors")
    (HERE / "schedules.json").write_text(json.dumps(schedules()) + "\n")
    names = {name: list(value.shape) for name, value in Autoencoder().state_dict().items()}
    (HERE / "names.json").write_text(json.dumps(names, indent=1) + "\n")
    for label, dtype in (("f16", torch.float16), ("bf16", torch.bfloat16), ("f32", torch.float32), ("f64", torch.float64)):
        state = {name: value.contiguous() for name, value in started(torch.float64).to(dtype).state_dict().items()}
        save_file(state, HERE / f"model_{label}.safetensors", metadata={"format": "pt"})


if __name__ == "__main__":
    if sys.argv[1:2] == ["check"]:
        model = network().to(torch.float64)
        print(model.load_state_dict(load_file(sys.argv[2]), strict=True))
    else:
        main()
