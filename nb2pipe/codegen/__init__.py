"""`Plan` to Python source: the stages' modules, the functions module, the stage notebooks, the tests."""
