"""Sort what came in: copies and their clusters, wrong TPS, rejections and appeals, how much one account may send."""
