// One-hot rows of labels, and the confusion matrix of a classifier.
import SharedArrays

func confusion() throws {
  let i = try SharedArray<Int>.arange(60)
  let labels = try i * 7 % 4
  let predicted = try labels.replacing(with: (labels + i) % 4, where: i * i % 11 .< 2)
  let classes = try labels.unique()
  let k = classes.count

  let oneHot = try SharedArray<Double>(shape: [60, k])
  try oneHot.put(1, at: i * k + labels)
  let same = try SharedArray<Double>.eye(k).take(labels, axis: 0)
  let confusion = try SharedArray<Int>(shape: [k, k])
  try confusion.add(1, at: labels * k + predicted)
  let products = try matmul(oneHot.transposed(), SharedArray.eye(k).take(predicted, axis: 0))
  let counts = try confusion.converted(to: Double.self)
  let hits = counts.diagonal()
  print("classes", classes)
  print(oneHot[0..<5])
  print(confusion)
  print("equal:", oneHot.elementsEqual(same), products.elementsEqual(counts))
  print("accuracy", hits.sum() / counts.sum())
  print("recall", try hits / counts.sum(axis: 1), "precision", try hits / counts.sum(axis: 0))
}
