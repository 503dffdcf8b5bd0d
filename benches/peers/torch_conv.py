"""Training of a convolutional autoencoder in PyTorch on 12,800 rows. pip install torch numpy"""

import mnist
import torch
from torch import nn

data = torch.from_numpy(mnist.train_images()[:12800]).reshape(-1, 1, 28, 28)
window = {"kernel_size": 3, "stride": 2, "padding": 1}
model = nn.Sequential(
    nn.Conv2d(1, 16, **window), nn.ReLU(), nn.Conv2d(16, 32, **window), nn.ReLU(),
    nn.Flatten(), nn.Linear(32 * 49, 64), nn.Linear(64, 32 * 49), nn.ReLU(), nn.Unflatten(1, (32, 7, 7)),
    nn.ConvTranspose2d(32, 16, output_padding=1, **window), nn.ReLU(),
    nn.ConvTranspose2d(16, 1, output_padding=1, **window), nn.Sigmoid(),
)
adam = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)


def epoch():
    for rows in torch.randperm(len(data)).split(128):
        batch = data[rows]
        adam.zero_grad()
        loss = nn.functional.mse_loss(model(batch), batch)
        loss.backward()
        adam.step()
    return loss.item()


mnist.serve(epoch)
