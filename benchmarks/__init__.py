"""Speed, measured as ratios against named rivals in one run; one file a rival."""
