"""One epoch of 784-32-784 in PyTorch. pip install torch numpy"""

import mnist
import torch

data = torch.from_numpy(mnist.train_images())
model = torch.nn.Sequential(
    torch.nn.Linear(784, 32), torch.nn.ReLU(), torch.nn.Linear(32, 784), torch.nn.Sigmoid()
)
for layer in (model[0], model[2]):
    torch.nn.init.xavier_uniform_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
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
