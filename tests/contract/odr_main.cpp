int main() {} // of the program that odr.cpp is linked into, twice
