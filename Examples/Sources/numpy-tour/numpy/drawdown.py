# Cumulative returns, drawdown and volatility of a random walk.
import numpy as np

i = np.arange(1, 253)
returns = (i * i * 31 % 127 - 62) / 2500

wealth = np.cumprod(1 + returns)
peak = np.maximum.accumulate(wealth)
drawdown = wealth / peak - 1
logarithms = np.diff(np.log(wealth))
volatility = logarithms.std(ddof=1) * np.sqrt(252)
by_month = wealth.reshape(12, 21)[:, -1]
print("wealth after each month", by_month)
print("worst drawdown", drawdown.min(), "on day", drawdown.argmin())
print("days at the peak", (drawdown == 0).sum())
print("volatility", volatility)
print("worst days", np.sort(returns)[:5], "best day", returns.argmax())
print("value at risk", np.percentile(returns, 5), np.median(returns))
