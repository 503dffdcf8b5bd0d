"""One epoch of 784-1000-500-250-30 and back in PyTorch. pip install torch numpy"""

import mnist
import torch

data = torch.from_numpy(mnist.train_images())
sizes = [784, 1000, 500, 250, 30, 250, 500, 1000, 784]
layers = []
for inputs, outputs in zip(sizes, sizes[1:]):
    linear = torch.nn.Linear(inputs, outputs)
    torch.nn.init.xavier_uniform_(linear.weight)
    torch.nn.init.zeros_(linear.bias)
    after = {30: torch.nn.Identity, 784: torch.nn.Sigmoid}.get(outputs, torch.nn.ReLU)
    layers += [linear, after()]
model = torch.nn.Sequential(*layers)
adam = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7, fused=True)


def epoch():
    for rows in torch.randperm(len(data)).split(256):
        batch = data[rows]
        adam.zero_grad()
        loss = torch.nn.functional.mse_loss(model(batch), batch)
        loss.backward()
        adam.step()
    return loss.item()


mnist.serve(epoch)
