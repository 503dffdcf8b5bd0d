"""The VAE 784-400-20 in PyTorch: `python3 torch_vae.py elbo [SEED]` trains ten epochs and prints the −ELBO of the test
pictures in nats, as `latents reproduce vae` does; without arguments it serves epochs. pip install torch numpy"""

import sys

import mnist
import torch

torch.manual_seed(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
data = torch.from_numpy(mnist.train_images())


class Vae(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = torch.nn.Linear(784, 400)
        self.both = torch.nn.Linear(400, 40)
        self.up = torch.nn.Linear(20, 400)
        self.out = torch.nn.Linear(400, 784)

    def forward(self, x):
        mean, log_variance = self.both(torch.relu(self.hidden(x))).chunk(2, 1)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        logits = self.out(torch.relu(self.up(z)))
        reconstruction = torch.nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        divergence = -0.5 * torch.sum(1 + log_variance - mean.square() - log_variance.exp())
        return (reconstruction + divergence) / len(x)


model = Vae()
for layer in model.children():
    torch.nn.init.xavier_uniform_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
adam = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)


def epoch():
    for rows in torch.randperm(len(data)).split(128):
        adam.zero_grad()
        loss = model(data[rows])
        loss.backward()
        adam.step()
    return loss.item()


if len(sys.argv) > 1:
    for _ in range(10):
        epoch()
    test = torch.from_numpy(mnist.images("t10k-images-idx3-ubyte.gz"))
    with torch.no_grad():
        print(sum(model(rows).item() * len(rows) for rows in test.split(1000)) / len(test))
else:
    mnist.serve(epoch)
