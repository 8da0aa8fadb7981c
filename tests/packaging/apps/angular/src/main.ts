import { Component, ElementRef, inject } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
import { start } from "../app.js";

@Component({ selector: "app-root", template: "" })
class App {
  constructor() {
    start(inject(ElementRef).nativeElement);
  }
}

bootstrapApplication(App);
