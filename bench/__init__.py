"""Measurements: how fast Backroom is, said in numbers that anyone can get again.

python -m bench --list
python -m bench list --rows 1000,1000000
"""
