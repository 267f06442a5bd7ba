# One-hot rows of labels, and the confusion matrix of a classifier.
import numpy as np

i = np.arange(60)
labels = i * 7 % 4
predicted = np.where(i * i % 11 < 2, (labels + i) % 4, labels)
classes = np.unique(labels)
k = len(classes)

one_hot = np.zeros((len(labels), k))
one_hot[i, labels] = 1
same = np.eye(k)[labels]
confusion = np.zeros((k, k), dtype=int)
np.add.at(confusion, (labels, predicted), 1)
products = one_hot.T @ np.eye(k)[predicted]
hits = np.diagonal(confusion)
print("classes", classes)
print(one_hot[:5])
print(confusion)
print("equal:", np.array_equal(one_hot, same), np.array_equal(products, confusion))
print("accuracy", np.trace(confusion) / confusion.sum())
print("recall", hits / confusion.sum(axis=1), "precision", hits / confusion.sum(axis=0))
